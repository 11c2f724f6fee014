/**
 * The rewrite itself: addresses, port or echo identifier, and the checksums over them, in place. The packet's decoded
 * view says where things are; the flow's record says what to write. The checksum delta is the same for every packet of a
 * flow, so it is computed once, when the flow is opened (`computeDeltas`).
 */
import { applyDelta, extendDelta, fold, reverseDelta } from '../wire/checksum.ts';
import { ICMP_CHECKSUM, ICMP_IDENTIFIER } from '../wire/icmp.ts';
import { rewriteIpv4 } from '../wire/ipv4.ts';
import { rewriteIpv6 } from '../wire/ipv6.ts';
import type { PacketView } from '../wire/packet-view.ts';
import { PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/protocol.ts';
import { TCP_CHECKSUM } from '../wire/tcp.ts';
import { UDP_CHECKSUM } from '../wire/udp.ts';
import { CLIENT_AT, DELTAS, EGRESS_AT, INNER_AT, OUTSIDE, PORTS, REMOTE } from './flow-record.ts';

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;

/** Fills the record's `DELTAS` from its addresses and ports; the record starts at `base`. */
export function computeDeltas(words: Uint32Array, base: number): void {
  const [client, inner, egress] = [words[base + CLIENT_AT], words[base + INNER_AT], words[base + EGRESS_AT]];
  let addresses = 0;
  for (let word = 0; word < 4; word++) {
    addresses = extendDelta(addresses, words[(client ?? 0) + word] ?? 0, words[(egress ?? 0) + word] ?? 0);
    addresses = extendDelta(addresses, words[(inner ?? 0) + word] ?? 0, words[base + REMOTE + word] ?? 0);
  }
  const port = extendDelta(0, (words[base + PORTS] ?? 0) >>> 16, (words[base + OUTSIDE] ?? 0) >>> 16);
  words[base + DELTAS] = ((addresses << 16) | port) >>> 0;
}

/** Client → internet: source becomes the egress address and external port, destination the real one. */
export function translateOutbound(
  packet: PacketView,
  words: Uint32Array,
  base: number,
  partial: boolean,
): void {
  const deltas = words[base + DELTAS] ?? 0;
  rewriteAddresses(packet, words, words[base + EGRESS_AT] ?? 0, base + REMOTE, deltas >>> 16);
  const port = (words[base + OUTSIDE] ?? 0) >>> 16;
  rewriteTransport(packet, SOURCE_PORT, port, deltas >>> 16, deltas & 0xffff, partial);
}

/** Internet → client: source becomes what the client dialled, destination the client and its port. */
export function translateInbound(
  packet: PacketView,
  words: Uint32Array,
  base: number,
  partial: boolean,
): void {
  const deltas = words[base + DELTAS] ?? 0;
  const addressDelta = reverseDelta(deltas >>> 16);
  rewriteAddresses(packet, words, words[base + INNER_AT] ?? 0, words[base + CLIENT_AT] ?? 0, addressDelta);
  const port = (words[base + PORTS] ?? 0) >>> 16;
  rewriteTransport(packet, DESTINATION_PORT, port, addressDelta, reverseDelta(deltas & 0xffff), partial);
}

/** Restores a packet that left the gateway, quoted by an error from outside, to what its client sent (row I4). */
export function restoreOutbound(quoted: PacketView, words: Uint32Array, base: number): void {
  const deltas = words[base + DELTAS] ?? 0;
  const addressDelta = reverseDelta(deltas >>> 16);
  rewriteAddresses(quoted, words, words[base + CLIENT_AT] ?? 0, words[base + INNER_AT] ?? 0, addressDelta);
  const port = (words[base + PORTS] ?? 0) >>> 16;
  rewriteTransport(quoted, SOURCE_PORT, port, addressDelta, reverseDelta(deltas & 0xffff), false);
}

/** Restores a packet that a client received, quoted by that client's error, to what came from the internet (row I5). */
export function restoreInbound(quoted: PacketView, words: Uint32Array, base: number): void {
  const deltas = words[base + DELTAS] ?? 0;
  rewriteAddresses(quoted, words, base + REMOTE, words[base + EGRESS_AT] ?? 0, deltas >>> 16);
  const port = (words[base + OUTSIDE] ?? 0) >>> 16;
  rewriteTransport(quoted, DESTINATION_PORT, port, deltas >>> 16, deltas & 0xffff, false);
}

function rewriteAddresses(
  packet: PacketView,
  words: Uint32Array,
  source: number,
  destination: number,
  delta: number,
): void {
  if (packet.family === 4) {
    // Signed: 32 unsigned bits would become an object on their way into a function.
    const from = (words[source + 3] ?? 0) | 0;
    const to = (words[destination + 3] ?? 0) | 0;
    rewriteIpv4(packet.view, packet.at, from, to, delta);
  } else rewriteIpv6(packet.view, packet.at, words, source, destination);
}

function rewriteTransport(
  packet: PacketView,
  portAt: number,
  port: number,
  addressDelta: number,
  portDelta: number,
  partial: boolean,
): void {
  const { view, transportAt, protocol } = packet;
  if (protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP) {
    view.setUint16(transportAt + portAt, port);
    const at = transportAt + (protocol === PROTOCOL_TCP ? TCP_CHECKSUM : UDP_CHECKSUM);
    // What an error quotes may end before TCP's checksum.
    if (at + 2 > packet.end) return;
    repairChecksum(view, at, addressDelta, portDelta, partial, protocol === PROTOCOL_UDP);
    return;
  }
  view.setUint16(transportAt + ICMP_IDENTIFIER, port);
  // ICMP has no pseudo-header, ICMPv6 has one (RFC 4443 section 2.3).
  const covered = protocol === PROTOCOL_ICMP ? 0 : addressDelta;
  repairChecksum(view, transportAt + ICMP_CHECKSUM, covered, portDelta, partial, false);
}

/**
 * A partial checksum is the bare pseudo-header sum: the addresses' delta is added uncomplemented, and ports do not count.
 * A finished one follows RFC 1624; a UDP checksum of zero means "none" and stays zero, and no other becomes zero (row U16).
 */
function repairChecksum(
  view: DataView,
  at: number,
  addressDelta: number,
  portDelta: number,
  partial: boolean,
  zeroIsAbsent: boolean,
): void {
  const checksum = view.getUint16(at);
  if (partial) {
    view.setUint16(at, fold(checksum + addressDelta));
    return;
  }
  if (zeroIsAbsent && checksum === 0) return;
  const repaired = applyDelta(checksum, fold(addressDelta + portDelta));
  view.setUint16(at, zeroIsAbsent && repaired === 0 ? 0xffff : repaired);
}
