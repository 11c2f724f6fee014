/**
 * Builds the packets of an active probe, which leaves from the egress address under test, and recognises its answers.
 * A token of 32 bits comes back in every answer: as identifier and sequence number of the echo (RFC 792, RFC 4443), or
 * as the acknowledged sequence number (RFC 9293 section 3.5).
 */
import { sumBytes, sumPseudoHeader } from '../wire/checksum.ts';
import { emitIcmp, ICMP_CHECKSUM, ICMP_HEADER_BYTES, ICMP_IDENTIFIER } from '../wire/icmp.ts';
import { emitIpv4, IPV4_HEADER_BYTES } from '../wire/ipv4.ts';
import { emitIpv6, IPV6_HEADER_BYTES } from '../wire/ipv6.ts';
import type { PacketView } from '../wire/packet-view.ts';
import {
  ICMP_ECHO_REQUEST,
  ICMPV6_ECHO_REQUEST,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
} from '../wire/protocol.ts';
import {
  emitTcp,
  TCP_ACK,
  TCP_CHECKSUM,
  TCP_HEADER_BYTES,
  TCP_RST,
  TCP_SYN,
  tcpAcknowledgment,
} from '../wire/tcp.ts';

const TTL = 64;

/** The addresses of a probe: egress address in words 0–3, target in 4–7. */
export interface ProbeWay {
  readonly family: 4 | 6;
  readonly addresses: Uint32Array;
}

/** Writes an echo request; returns its length. */
export function writeEchoProbe(view: DataView, at: number, way: ProbeWay, token: number): number {
  const protocol = way.family === 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;
  const transport = at + emitIp(view, at, way, protocol, ICMP_HEADER_BYTES);
  emitIcmp(view, transport, way.family === 4 ? ICMP_ECHO_REQUEST : ICMPV6_ECHO_REQUEST, 0, token);
  const pseudo = way.family === 4 ? 0 : sumPseudoHeader(way.addresses, protocol, ICMP_HEADER_BYTES);
  view.setUint16(transport + ICMP_CHECKSUM, ~sumBytes(view, transport, ICMP_HEADER_BYTES, pseudo) & 0xffff);
  return transport + ICMP_HEADER_BYTES - at;
}

/** Writes a SYN whose sequence number is the token; returns its length. */
export function writeSynProbe(
  view: DataView,
  at: number,
  way: ProbeWay,
  ports: { readonly source: number; readonly destination: number },
  token: number,
): number {
  return writeSegment(view, at, way, { ...ports, sequence: token, acknowledgment: 0, flags: TCP_SYN });
}

/** Writes the reset that ends the connection that the target accepted with its SYN-ACK, `answer`; returns its length. */
export function writeProbeReset(view: DataView, at: number, way: ProbeWay, answer: PacketView): number {
  return writeSegment(view, at, way, {
    source: answer.destinationPort,
    destination: answer.sourcePort,
    sequence: tcpAcknowledgment(answer.view, answer.transportAt),
    acknowledgment: 0,
    flags: TCP_RST,
  });
}

/** The token in a packet from the internet, or -1 when it cannot be the answer to a probe. */
export function readProbeToken(packet: PacketView): number {
  if (packet.protocol === PROTOCOL_TCP) {
    if ((packet.tcpFlags & TCP_ACK) === 0) return -1;
    return (tcpAcknowledgment(packet.view, packet.transportAt) - 1) >>> 0;
  }
  return packet.isEchoReply() ? packet.view.getUint32(packet.transportAt + ICMP_IDENTIFIER) : -1;
}

function writeSegment(
  view: DataView,
  at: number,
  way: ProbeWay,
  header: Parameters<typeof emitTcp>[2],
): number {
  const transport = at + emitIp(view, at, way, PROTOCOL_TCP, TCP_HEADER_BYTES);
  emitTcp(view, transport, header);
  const pseudo = sumPseudoHeader(way.addresses, PROTOCOL_TCP, TCP_HEADER_BYTES);
  view.setUint16(transport + TCP_CHECKSUM, ~sumBytes(view, transport, TCP_HEADER_BYTES, pseudo) & 0xffff);
  return transport + TCP_HEADER_BYTES - at;
}

function emitIp(
  view: DataView,
  at: number,
  { family, addresses }: ProbeWay,
  protocol: number,
  bytes: number,
): number {
  if (family === 6) {
    emitIpv6(view, at, { addresses, nextHeader: protocol, payloadLength: bytes, hopLimit: TTL });
    return IPV6_HEADER_BYTES;
  }
  const totalLength = IPV4_HEADER_BYTES + bytes;
  emitIpv4(view, at, {
    source: addresses[3] ?? 0,
    destination: addresses[7] ?? 0,
    protocol,
    totalLength,
    ttl: TTL,
  });
  return IPV4_HEADER_BYTES;
}
