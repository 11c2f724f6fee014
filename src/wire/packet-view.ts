/**
 * One packet's headers, read once: a mutable view that each worker owns and refills for every packet, so that nothing
 * is allocated. `decode` never throws; a packet that fails its checks yields a drop reason.
 */
import type { DropReason } from '../report/drop-reason.ts';
import { checkIcmp, ICMP_HEADER_BYTES, ICMP_IDENTIFIER, icmpType, quoteEnd } from './icmp.ts';
import {
  checkIpv4,
  checkQuotedIpv4,
  ipv4Destination,
  ipv4HeaderBytes,
  ipv4Protocol,
  ipv4Source,
  ipv4TotalLength,
} from './ipv4.ts';
import { checkIpv6, findTransport, IPV6_HEADER_BYTES, ipv6PayloadLength, readIpv6Addresses } from './ipv6.ts';
import { isMartianPair } from './martian.ts';
import {
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from './protocol.ts';
import { checkTcp, TCP_SYN, tcpFlags } from './tcp.ts';
import { checkUdp } from './udp.ts';

/** RFC 792: an error quotes at least the first 64 bits after the IP header. */
const QUOTED_TRANSPORT_BYTES = 8;

export class PacketView {
  /** The batch's bytes; set before `decode`. */
  view: DataView;
  /** First byte of the IP header, of the transport header, and one past the last byte that the IP length covers. */
  at = 0;
  transportAt = 0;
  end = 0;
  family: 4 | 6 = 4;
  protocol = 0;
  /** Source in words 0–3, destination in 4–7; IPv4 addresses are in words 3 and 7, and the others are zero. */
  readonly addresses: Uint32Array<ArrayBuffer> = new Uint32Array(8);
  /** Ports of TCP and UDP. An echo request has its identifier as source port, an echo reply as destination port. */
  sourcePort = 0;
  destinationPort = 0;
  /** Valid iff the protocol is TCP. */
  tcpFlags = 0;
  /** Valid iff the protocol is ICMP or ICMPv6. */
  icmpType = 0;

  constructor(view: DataView) {
    this.view = view;
  }

  /**
   * Reads the packet of `length` bytes at `at`; a drop reason says which check failed first. After 'ip-fragment' only the
   * family and the addresses are valid.
   */
  decode(at: number, length: number): DropReason | undefined {
    this.at = at;
    if (length === 0) return 'ip-truncated';
    const version = this.view.getUint8(at) >> 4;
    const refused =
      version === 4 ? this.#decodeIpv4(length) : version === 6 ? this.#decodeIpv6(length) : 'ip-bad-version';
    if (refused !== undefined) return refused;
    if (isMartianPair(this.family, this.addresses)) return 'ip-martian';
    return this.#decodeTransport();
  }

  /** Whether this is a TCP segment with SYN, with or without ACK. */
  isSyn(): boolean {
    return this.protocol === PROTOCOL_TCP && (this.tcpFlags & TCP_SYN) !== 0;
  }

  /** Whether this is an ICMP or ICMPv6 message other than an echo. */
  isIcmpError(): boolean {
    return this.#isIcmp() && !this.#isEchoRequest() && !this.#isEchoReplyType();
  }

  /** Whether this is an ICMP or ICMPv6 echo reply. */
  isEchoReply(): boolean {
    return this.#isIcmp() && this.#isEchoReplyType();
  }

  /**
   * Reads the packet that the ICMP error `error` quotes (rows I3 and I4): its addresses and ports say which flow the error
   * is about. Only the first eight bytes of its transport header need be there.
   */
  decodeQuoted(error: PacketView): DropReason | undefined {
    const { view, family } = error;
    const at = error.transportAt + ICMP_HEADER_BYTES;
    this.view = view;
    this.at = at;
    this.family = family;
    this.end = quoteEnd(view, error.transportAt, error.end, family);
    if (this.end === at || view.getUint8(at) >> 4 !== family) return 'ip-bad-version';
    const refused = family === 4 ? this.#decodeQuotedIpv4() : this.#decodeQuotedIpv6();
    if (refused !== undefined) return refused;
    if (this.end - this.transportAt < QUOTED_TRANSPORT_BYTES) return 'transport-truncated';
    if (this.protocol === PROTOCOL_TCP || this.protocol === PROTOCOL_UDP) {
      this.#readPorts();
      return undefined;
    }
    if (this.protocol !== (family === 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6)) return 'protocol-unsupported';
    return this.#decodeIcmp() ?? (this.isIcmpError() ? 'icmp-type-unsupported' : undefined);
  }

  #decodeQuotedIpv4(): DropReason | undefined {
    const refused = checkQuotedIpv4(this.view, this.at, this.end - this.at);
    if (refused === undefined) this.#readIpv4();
    return refused;
  }

  #decodeQuotedIpv6(): DropReason | undefined {
    if (this.end - this.at < IPV6_HEADER_BYTES) return 'ip-truncated';
    readIpv6Addresses(this.view, this.at, this.addresses);
    return findTransport(this.view, this.at, this.end, this, true);
  }

  #decodeIpv4(length: number): DropReason | undefined {
    const refused = checkIpv4(this.view, this.at, length);
    if (refused !== undefined && refused !== 'ip-fragment') return refused;
    this.family = 4;
    this.end = this.at + ipv4TotalLength(this.view, this.at);
    this.#readIpv4();
    return refused;
  }

  #readIpv4(): void {
    const { view, at, addresses } = this;
    this.transportAt = at + ipv4HeaderBytes(view, at);
    this.protocol = ipv4Protocol(view, at);
    addresses.fill(0);
    addresses[3] = ipv4Source(view, at);
    addresses[7] = ipv4Destination(view, at);
  }

  #decodeIpv6(length: number): DropReason | undefined {
    const refused = checkIpv6(this.view, this.at, length);
    if (refused !== undefined) return refused;
    this.family = 6;
    this.end = this.at + IPV6_HEADER_BYTES + ipv6PayloadLength(this.view, this.at);
    readIpv6Addresses(this.view, this.at, this.addresses);
    return findTransport(this.view, this.at, this.end, this);
  }

  #decodeTransport(): DropReason | undefined {
    switch (this.protocol) {
      case PROTOCOL_TCP:
        return this.#decodeTcp();
      case PROTOCOL_UDP:
        this.#readPorts();
        return checkUdp(this.view, this.transportAt, this.end, this.family);
      case PROTOCOL_ICMP:
        return this.family === 4 ? this.#decodeIcmp() : 'protocol-unsupported';
      case PROTOCOL_ICMPV6:
        return this.family === 6 ? this.#decodeIcmp() : 'protocol-unsupported';
      default:
        return 'protocol-unsupported';
    }
  }

  #decodeTcp(): DropReason | undefined {
    const refused = checkTcp(this.view, this.transportAt, this.end);
    if (refused !== undefined) return refused;
    this.#readPorts();
    this.tcpFlags = tcpFlags(this.view, this.transportAt);
    return undefined;
  }

  #decodeIcmp(): DropReason | undefined {
    const refused = checkIcmp(this.transportAt, this.end);
    if (refused !== undefined) return refused;
    this.icmpType = icmpType(this.view, this.transportAt);
    const identifier = this.view.getUint16(this.transportAt + ICMP_IDENTIFIER);
    this.sourcePort = this.#isEchoRequest() ? identifier : 0;
    this.destinationPort = this.#isEchoReplyType() ? identifier : 0;
    return undefined;
  }

  /** The transport header may be truncated: the ports of such a packet are never looked at. */
  #readPorts(): void {
    if (this.end - this.transportAt < 4) return;
    this.sourcePort = this.view.getUint16(this.transportAt);
    this.destinationPort = this.view.getUint16(this.transportAt + 2);
  }

  #isIcmp(): boolean {
    return this.protocol === (this.family === 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6);
  }

  #isEchoRequest(): boolean {
    return this.icmpType === (this.family === 4 ? ICMP_ECHO_REQUEST : ICMPV6_ECHO_REQUEST);
  }

  #isEchoReplyType(): boolean {
    return this.icmpType === (this.family === 4 ? ICMP_ECHO_REPLY : ICMPV6_ECHO_REPLY);
  }
}
