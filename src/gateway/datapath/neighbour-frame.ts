/** Tells neighbour discovery from traffic before anything else looks at a frame: its addresses are link-local. */
import { NDP_ADVERTISEMENT, NDP_SOLICITATION } from '../../wire/ndp.ts';
import { ETHER_TYPE_IPV6, PROTOCOL_ICMPV6 } from '../../wire/protocol.ts';

const NEXT_HEADER = 6;
const ICMP_TYPE = 40;

/** Whether this is a neighbour solicitation or advertisement (RFC 4861 section 4.3 and 4.4), which have no extensions. */
export function isNeighbourDiscovery(
  view: DataView,
  at: number,
  length: number,
  etherType: number | undefined,
): boolean {
  if (etherType !== ETHER_TYPE_IPV6 || length <= ICMP_TYPE) return false;
  if (view.getUint8(at + NEXT_HEADER) !== PROTOCOL_ICMPV6) return false;
  const type = view.getUint8(at + ICMP_TYPE);
  return type === NDP_SOLICITATION || type === NDP_ADVERTISEMENT;
}
