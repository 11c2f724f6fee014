/**
 * Translates ICMP errors (RFC 5508 section 4): finds the flow from the quoted packet, rewrites the outer addresses, and
 * restores the quote to what the receiving side sent. An error neither refreshes nor ends a flow (rows I6, U13, T10).
 * Works in place and allocates nothing.
 */
import type { DropReason } from '../report/drop-reason.ts';
import { isSameAddress } from '../wire/address-words.ts';
import { extendDelta, sumBytes, sumPseudoHeader } from '../wire/checksum.ts';
import { ICMP_CHECKSUM, icmpCode, icmpMtu } from '../wire/icmp.ts';
import { rewriteIpv4 } from '../wire/ipv4.ts';
import { rewriteIpv6 } from '../wire/ipv6.ts';
import { PacketView } from '../wire/packet-view.ts';
import {
  ICMP_FRAGMENTATION_NEEDED,
  ICMP_PARAMETER_PROBLEM,
  ICMP_TIME_EXCEEDED,
  ICMP_UNREACHABLE,
  ICMPV6_PACKET_TOO_BIG,
  ICMPV6_PARAMETER_PROBLEM,
  ICMPV6_UNREACHABLE,
  PROTOCOL_TCP,
} from '../wire/protocol.ts';
import { tcpSequence } from '../wire/tcp.ts';
import { CLIENT_AT, EGRESS_AT, INNER_AT, RECORD_WORDS, REMOTE } from './flow-record.ts';
import type { FlowTable } from './flow-table.ts';
import { restoreInbound, restoreOutbound } from './translate.ts';

/** No link has a smaller MTU (RFC 791 section 3.2, RFC 8200 section 5): a lower one is forged, to slow a connection (row F9). */
const LEAST_MTU = { 4: 68, 6: 1280 };

export class IcmpErrors {
  readonly #flows: FlowTable;
  readonly #quoted = new PacketView(new DataView(new ArrayBuffer(0)));
  /** The quote's addresses, destination first: the flow's key as seen from the side the quoted packet went to. */
  readonly #key = new Uint32Array(8);

  constructor(flows: FlowTable) {
    this.#flows = flows;
  }

  /** The sequence number of the segment that the last error quoted; undefined when it quoted no TCP segment. */
  get quotedSequence(): number | undefined {
    const { protocol, view, transportAt } = this.#quoted;
    return protocol === PROTOCOL_TCP ? tcpSequence(view, transportAt) : undefined;
  }

  /**
   * An error from the internet about a packet that the gateway sent goes to the client. Its source becomes the address
   * the client dialled if the real destination sent it, and stays the router's otherwise (row I4), which must not be one that
   * `isInside` (row R5). Returns the flow's id, or a drop reason.
   */
  inbound(error: PacketView, isInside: (error: PacketView) => boolean): number | DropReason {
    const refused = this.#read(error);
    if (refused !== undefined) return refused;
    const { sourcePort, destinationPort, protocol, family } = this.#quoted;
    const id = this.#flows.findOutsideKey(this.#key, sourcePort, destinationPort, protocol, family);
    if (id === -1) return 'icmp-error-unmatched';
    const { words } = this.#flows;
    const base = id * RECORD_WORDS;
    const fromRemote = isSameAddress(error.addresses, 0, words, base + REMOTE);
    if (!fromRemote && isInside(error)) return 'ip-martian';
    restoreOutbound(this.#quoted, words, base);
    this.#readdress(error, fromRemote ? (words[base + INNER_AT] ?? 0) : -1, words[base + CLIENT_AT] ?? 0);
    return id;
  }

  /**
   * An error from a client about a packet that it received goes to the real source, from the egress address of that flow
   * and no other (row I5). Returns the flow's id, or a drop reason.
   */
  outbound(error: PacketView): number | DropReason {
    const refused = this.#read(error);
    if (refused !== undefined) return refused;
    const { sourcePort, destinationPort, protocol, family } = this.#quoted;
    const id = this.#flows.findInsideKey(this.#key, destinationPort, sourcePort, protocol, family);
    if (id === -1) return 'icmp-error-unmatched';
    const { words } = this.#flows;
    const base = id * RECORD_WORDS;
    restoreInbound(this.#quoted, words, base);
    this.#readdress(error, words[base + EGRESS_AT] ?? 0, base + REMOTE);
    return id;
  }

  /** Reads the quote and the key; returns why the error cannot be trusted, or undefined. */
  #read(error: PacketView): DropReason | undefined {
    if (!isForwarded(error)) return 'icmp-type-unsupported';
    if (sumOf(error) !== 0xffff) return 'transport-bad-checksum';
    if (hasAbsurdMtu(error)) return 'icmp-absurd-mtu';
    const refused = this.#quoted.decodeQuoted(error);
    if (refused !== undefined) return refused;
    const { addresses } = this.#quoted;
    // An error goes to the sender of the packet it quotes (RFC 792); anything else is forged.
    if (!isSameAddress(error.addresses, 4, addresses, 0)) return 'icmp-error-unmatched';
    for (let word = 0; word < 8; word++) this.#key[word] = addresses[word ^ 4] ?? 0;
    return undefined;
  }

  /** Gives the error its new addresses, from the flows' words at `source` (-1: as it is) and `destination`. */
  #readdress(error: PacketView, source: number, destination: number): void {
    const { addresses, view, at, transportAt } = error;
    const half = source === -1 ? 0 : this.#replace(addresses, 0, source, 0);
    const delta = this.#replace(addresses, 4, destination, half);
    if (error.family === 4) rewriteIpv4(view, at, addresses[3] ?? 0, addresses[7] ?? 0, delta);
    else rewriteIpv6(view, at, addresses, 0, 4);
    view.setUint16(transportAt + ICMP_CHECKSUM, 0);
    view.setUint16(transportAt + ICMP_CHECKSUM, ~sumOf(error) & 0xffff);
  }

  /** Copies an address of a record over one of the packet's; returns `delta` extended by the change. */
  #replace(addresses: Uint32Array, at: number, from: number, delta: number): number {
    const { words } = this.#flows;
    let extended = delta;
    for (let word = 0; word < 4; word++) {
      // Signed: 32 unsigned bits would become an object on their way into a function.
      const after = (words[from + word] ?? 0) | 0;
      extended = extendDelta(extended, (addresses[at + word] ?? 0) | 0, after);
      addresses[at + word] = after;
    }
    return extended;
  }
}

/** Unreachable, packet too big, time exceeded and parameter problem; all other types are dropped (row I10). */
function isForwarded({ family, icmpType }: PacketView): boolean {
  if (family === 6) return icmpType >= ICMPV6_UNREACHABLE && icmpType <= ICMPV6_PARAMETER_PROBLEM;
  return (
    icmpType === ICMP_UNREACHABLE || icmpType === ICMP_TIME_EXCEEDED || icmpType === ICMP_PARAMETER_PROBLEM
  );
}

function hasAbsurdMtu({ view, transportAt, family, icmpType }: PacketView): boolean {
  const tellsMtu =
    family === 6
      ? icmpType === ICMPV6_PACKET_TOO_BIG
      : icmpType === ICMP_UNREACHABLE && icmpCode(view, transportAt) === ICMP_FRAGMENTATION_NEEDED;
  return tellsMtu && icmpMtu(view, transportAt, family) < LEAST_MTU[family];
}

/** The sum over the whole message, its pseudo-header included in IPv6 (RFC 4443 section 2.3). */
function sumOf({ view, transportAt, end, family, protocol, addresses }: PacketView): number {
  const length = end - transportAt;
  const pseudo = family === 6 ? sumPseudoHeader(addresses, protocol, length) : 0;
  return sumBytes(view, transportAt, length, pseudo);
}
