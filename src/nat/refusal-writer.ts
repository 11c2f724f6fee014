/**
 * Tells a client that its packet may not pass: a TCP reset (RFC 9293 section 3.10.7.1) or an ICMP "unreachable" (RFC 792,
 * RFC 4443 section 3.1), written over the refused packet (row I8).
 */
import { sumBytes, sumPseudoHeader } from '../wire/checksum.ts';
import { emitIcmp, ICMP_CHECKSUM, ICMP_HEADER_BYTES } from '../wire/icmp.ts';
import { emitIpv4, IPV4_HEADER_BYTES } from '../wire/ipv4.ts';
import { emitIpv6, IPV6_HEADER_BYTES } from '../wire/ipv6.ts';
import type { PacketView } from '../wire/packet-view.ts';
import {
  ICMP_FRAGMENTATION_NEEDED,
  ICMP_UNREACHABLE,
  ICMPV6_PACKET_TOO_BIG,
  ICMPV6_UNREACHABLE,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
} from '../wire/protocol.ts';
import {
  emitTcp,
  TCP_ACK,
  TCP_CHECKSUM,
  TCP_FIN,
  TCP_HEADER_BYTES,
  TCP_RST,
  TCP_SYN,
  tcpAcknowledgment,
  tcpHeaderBytes,
  tcpSequence,
} from '../wire/tcp.ts';

/** `prohibited`: policy forbids it; `unreachable`: there is no such destination, or no means to reach it. */
export type Refusal = 'prohibited' | 'unreachable';

const TTL = 64;
/** Most bytes of a whole error message: RFC 1812 section 4.3.2.3, RFC 4443 section 2.4 (c). */
const MOST_BYTES = { 4: 576, 6: 1280 };
const CODES = { 4: { prohibited: 13, unreachable: 1 }, 6: { prohibited: 1, unreachable: 3 } };

export class RefusalWriter {
  /** The gateway's own address by family, four words. */
  readonly #router: { readonly 4: Uint32Array; readonly 6: Uint32Array };
  /** Addresses of the packet being written, source first; reused, since refusals come in floods. */
  readonly #answer = new Uint32Array(8);

  constructor(router: { readonly 4: Uint32Array; readonly 6: Uint32Array }) {
    this.#router = router;
  }

  /** Overwrites a client's TCP segment with the reset that refuses it; returns its length, or 0 if the segment is a reset. */
  writeReset(packet: PacketView): number {
    const { view, at, transportAt, tcpFlags: flags } = packet;
    if ((flags & TCP_RST) !== 0) return 0;
    const hasAck = (flags & TCP_ACK) !== 0;
    const sequence = hasAck ? tcpAcknowledgment(view, transportAt) : 0;
    const acknowledgment = hasAck ? 0 : (tcpSequence(view, transportAt) + segmentLength(packet)) >>> 0;
    this.#answerTo(packet);
    const transport = at + this.#emitIp(packet, PROTOCOL_TCP, TCP_HEADER_BYTES);
    emitTcp(view, transport, {
      source: packet.destinationPort,
      destination: packet.sourcePort,
      sequence,
      acknowledgment,
      flags: hasAck ? TCP_RST : TCP_RST | TCP_ACK,
    });
    const pseudo = sumPseudoHeader(this.#answer, PROTOCOL_TCP, TCP_HEADER_BYTES);
    view.setUint16(transport + TCP_CHECKSUM, ~sumBytes(view, transport, TCP_HEADER_BYTES, pseudo) & 0xffff);
    return transport + TCP_HEADER_BYTES - at;
  }

  /**
   * Overwrites a client's packet with the ICMP error about it, from the gateway's own address, quoting as much as allowed.
   * Returns its length, or 0 if the packet is itself an ICMP error (row R3).
   */
  writeUnreachable(packet: PacketView, refusal: Refusal): number {
    const type = packet.family === 4 ? ICMP_UNREACHABLE : ICMPV6_UNREACHABLE;
    return this.#writeError(packet, { type, code: CODES[packet.family][refusal], rest: 0 }, 'gateway');
  }

  /**
   * Likewise for a packet that is too big for a link of `mtu` bytes and may not be fragmented (RFC 1191 section 4, RFC 4443
   * section 3.2). Errors to the internet come from the packet's destination, since the gateway has no other address there.
   */
  writeTooBig(packet: PacketView, mtu: number, from: 'gateway' | 'destination'): number {
    const [type, code] =
      packet.family === 4 ? [ICMP_UNREACHABLE, ICMP_FRAGMENTATION_NEEDED] : [ICMPV6_PACKET_TOO_BIG, 0];
    return this.#writeError(packet, { type, code, rest: mtu }, from);
  }

  #writeError(packet: PacketView, header: ErrorHeader, from: 'gateway' | 'destination'): number {
    if (packet.isIcmpError()) return 0;
    const { view, at, family } = packet;
    const ipBytes = family === 4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
    const quoted = Math.min(packet.end - at, MOST_BYTES[family] - ipBytes - ICMP_HEADER_BYTES);
    const bytes = new Uint8Array(view.buffer, view.byteOffset);
    bytes.copyWithin(at + ipBytes + ICMP_HEADER_BYTES, at, at + quoted);
    this.#answerTo(packet);
    if (from === 'gateway') this.#answer.set(this.#router[family]);
    this.#emitError(packet, ipBytes, ICMP_HEADER_BYTES + quoted, header);
    return ipBytes + ICMP_HEADER_BYTES + quoted;
  }

  #emitError(packet: PacketView, ipBytes: number, icmpBytes: number, header: ErrorHeader): void {
    const { view, at, family } = packet;
    const protocol = family === 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;
    this.#emitIp(packet, protocol, icmpBytes);
    emitIcmp(view, at + ipBytes, header.type, header.code, header.rest);
    const pseudo = family === 4 ? 0 : sumPseudoHeader(this.#answer, protocol, icmpBytes);
    view.setUint16(at + ipBytes + ICMP_CHECKSUM, ~sumBytes(view, at + ipBytes, icmpBytes, pseudo) & 0xffff);
  }

  /** Addresses the answer: from the refused packet's destination to its source. */
  #answerTo({ addresses }: PacketView): void {
    for (let word = 0; word < 8; word++) this.#answer[word] = addresses[(word + 4) & 7] ?? 0;
  }

  #emitIp({ view, at, family }: PacketView, protocol: number, payloadLength: number): number {
    if (family === 6) {
      emitIpv6(view, at, { addresses: this.#answer, nextHeader: protocol, payloadLength, hopLimit: TTL });
      return IPV6_HEADER_BYTES;
    }
    const [, , , source = 0, , , , destination = 0] = this.#answer;
    emitIpv4(view, at, {
      source,
      destination,
      protocol,
      totalLength: IPV4_HEADER_BYTES + payloadLength,
      ttl: TTL,
    });
    return IPV4_HEADER_BYTES;
  }
}

interface ErrorHeader {
  readonly type: number;
  readonly code: number;
  /** Second word of the message. */
  readonly rest: number;
}

/** Bytes of sequence space the segment takes up: its payload, and one each for SYN and FIN. */
function segmentLength({ view, transportAt, end, tcpFlags: flags }: PacketView): number {
  const payload = end - transportAt - tcpHeaderBytes(view, transportAt);
  return payload + ((flags & TCP_SYN) === 0 ? 0 : 1) + ((flags & TCP_FIN) === 0 ? 0 : 1);
}
