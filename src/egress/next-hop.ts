/** Which neighbour of an uplink takes a packet: the destination itself when it is on-link, else the default next hop. */
import { type Address, addressesEqual, familyOf, type Prefix, prefixContains } from '../wire/address.ts';

export interface UplinkRoutes {
  /** Prefixes that are on-link. */
  readonly connected: readonly Prefix[];
  readonly nextHop4: Address | undefined;
  readonly nextHop6: Address | undefined;
}

/** The next hop, or undefined when there is no route, or when the destination is an on-link prefix's broadcast address. */
export function nextHopFor(routes: UplinkRoutes, destination: Address): Address | undefined {
  const onLink = routes.connected.find((prefix) => prefixContains(prefix, destination));
  if (onLink !== undefined) return isBroadcast(onLink, destination) ? undefined : destination;
  return familyOf(destination) === 4 ? routes.nextHop4 : routes.nextHop6;
}

/** First or last address of an IPv4 prefix that is not a point-to-point link (RFC 1812 section 5.3.5, RFC 3021). */
function isBroadcast(prefix: Prefix, destination: Address): boolean {
  if (familyOf(destination) === 6 || prefix.length >= 31) return false;
  const last = prefix.address.map((byte, index) => {
    const networkBits = Math.min(8, Math.max(0, prefix.length - index * 8));
    return byte | (0xff >> networkBits);
  });
  return addressesEqual(destination, prefix.address) || addressesEqual(destination, last);
}
