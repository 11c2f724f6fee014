/**
 * A small, strict IP packet reader, independent of src: what tests compare with. It throws for anything that a careful
 * receiver would refuse, wrong checksums above all.
 */
import { addressText, joinEndpoint } from './address-text.ts';
import { checksumOf, pseudoHeader } from './internet-checksum.ts';

export interface ParsedPacket {
  readonly family: 4 | 6;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  /** Addresses alone for ICMP, endpoints for TCP and UDP. */
  readonly from: string;
  readonly to: string;
  readonly ttl: number;
  readonly tos: number;
  /** Bytes of IPv4 options or IPv6 extension headers. */
  readonly options: Uint8Array;
  /** Of TCP: letters out of FSRPAUEC. */
  readonly flags: string;
  readonly sequence: number;
  readonly acknowledgment: number;
  /** Of ICMP; identifier and sequence of an echo, or MTU and the like, are in `rest`. */
  readonly type: number;
  readonly code: number;
  readonly rest: number;
  /** The transport checksum as it stands. */
  readonly checksum: number;
  /** Behind the transport header; of an ICMP error the quoted packet. */
  readonly payload: Uint8Array;
}

export function parsePacket(packet: Uint8Array): ParsedPacket {
  const view = viewOf(packet);
  const family = (packet[0] ?? 0) >> 4;
  if (family === 4) return parseIpv4(packet, view);
  if (family === 6) return parseIpv6(packet, view);
  throw new Error(`Cannot parse packet: version ${family}`);
}

/** Endpoints of a packet as an ICMP error quotes it, which may be cut short; only an IPv4 header checksum is verified. */
export function parseQuote(quote: Uint8Array): { from: string; to: string; identifier: number } {
  const family = (quote[0] ?? 0) >> 4;
  const view = viewOf(quote);
  const headerBytes = family === 4 ? ((quote[0] ?? 0) & 15) * 4 : 40;
  if (family === 4) must(checksumOf(quote.subarray(0, headerBytes)) === 0, 'header checksum of the quote');
  const [source, destination] = addressesOf(quote, family);
  const protocol = quote[family === 4 ? 9 : 6];
  if (protocol === 1 || protocol === 58) {
    const identifier = view.getUint16(headerBytes + 4);
    return { from: addressText(source), to: addressText(destination), identifier };
  }
  return {
    from: joinEndpoint(addressText(source), view.getUint16(headerBytes)),
    to: joinEndpoint(addressText(destination), view.getUint16(headerBytes + 2)),
    identifier: 0,
  };
}

function parseIpv4(packet: Uint8Array, view: DataView): ParsedPacket {
  const headerBytes = ((packet[0] ?? 0) & 15) * 4;
  must(headerBytes >= 20 && headerBytes <= packet.length, 'header length');
  must(view.getUint16(2) === packet.length, 'total length');
  must(checksumOf(packet.subarray(0, headerBytes)) === 0, 'header checksum');
  const ip = { ttl: view.getUint8(8), tos: view.getUint8(1), options: packet.slice(20, headerBytes) };
  return parseTransport(packet, 4, view.getUint8(9), packet.subarray(headerBytes), ip);
}

function parseIpv6(packet: Uint8Array, view: DataView): ParsedPacket {
  must(view.getUint16(4) === packet.length - 40, 'payload length');
  let protocol = view.getUint8(6);
  let at = 40;
  while (protocol === 0 || protocol === 60) {
    protocol = view.getUint8(at);
    at += (view.getUint8(at + 1) + 1) * 8;
  }
  const tos = ((packet[0] ?? 0) & 15) * 16 + ((packet[1] ?? 0) >> 4);
  const ip = { ttl: view.getUint8(7), tos, options: packet.slice(40, at) };
  return parseTransport(packet, 6, protocol, packet.subarray(at), ip);
}

function parseTransport(
  packet: Uint8Array,
  family: 4 | 6,
  protocol: number,
  transport: Uint8Array,
  ip: { ttl: number; tos: number; options: Uint8Array },
): ParsedPacket {
  const [source, destination] = addressesOf(packet, family);
  const pseudo = pseudoHeader(source, destination, protocol, transport.length);
  const view = viewOf(transport);
  const blank = { flags: '', sequence: 0, acknowledgment: 0, type: 0, code: 0, rest: 0, checksum: 0 };
  const base = { ...blank, family, ...ip };
  if (protocol === 1 || protocol === 58) {
    must((protocol === 1) === (family === 4), 'protocol for the family');
    must(checksumOf(...(family === 4 ? [] : [pseudo]), transport) === 0, 'ICMP checksum');
    const [from, to] = [addressText(source), addressText(destination)];
    const icmp = { type: view.getUint8(0), code: view.getUint8(1), rest: view.getUint32(4) };
    const checksum = view.getUint16(2);
    return { ...base, ...icmp, protocol: 'icmp', from, to, checksum, payload: transport.slice(8) };
  }
  const from = joinEndpoint(addressText(source), view.getUint16(0));
  const to = joinEndpoint(addressText(destination), view.getUint16(2));
  if (protocol === 17) {
    must(view.getUint16(4) === transport.length, 'UDP length');
    const checksum = view.getUint16(6);
    if (checksum === 0) must(family === 4, 'UDP checksum, which IPv6 demands');
    else must(checksumOf(pseudo, transport) === 0, 'UDP checksum');
    return { ...base, protocol: 'udp', from, to, checksum, payload: transport.slice(8) };
  }
  must(protocol === 6, `protocol ${protocol}`);
  must(checksumOf(pseudo, transport) === 0, 'TCP checksum');
  const headerBytes = (view.getUint8(12) >> 4) * 4;
  must(headerBytes >= 20 && headerBytes <= transport.length, 'TCP header length');
  return {
    ...base,
    protocol: 'tcp',
    from,
    to,
    flags: [...'FSRPAUEC'].filter((_, bit) => view.getUint8(13) & (1 << bit)).join(''),
    sequence: view.getUint32(4),
    acknowledgment: view.getUint32(8),
    checksum: view.getUint16(16),
    payload: transport.slice(headerBytes),
  };
}

function addressesOf(packet: Uint8Array, family: number): [Uint8Array, Uint8Array] {
  return family === 4
    ? [packet.subarray(12, 16), packet.subarray(16, 20)]
    : [packet.subarray(8, 24), packet.subarray(24, 40)];
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`Cannot parse packet: wrong ${what}`);
}
