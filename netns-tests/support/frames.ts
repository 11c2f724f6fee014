/**
 * Builds packets byte by byte for tests that send what no kernel would (RFC 791, 8200, 768, 9293, 4443). Every field
 * may be overridden after the rest is right; checksums are computed unless given. Shares no code with src/wire.
 */
import { parseHextets } from './parse-hextets.ts';

export interface Ipv4Fields {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly payload: Buffer;
  readonly version?: number;
  /** Header length in 32-bit words. */
  readonly words?: number;
  readonly totalLength?: number;
  readonly timeToLive?: number;
  readonly checksum?: number;
  /** Flags and fragment offset: 0x2000 is "more fragments". */
  readonly fragment?: number;
}

export interface Ipv6Fields {
  readonly source: string;
  readonly destination: string;
  readonly nextHeader: number;
  readonly payload: Buffer;
  readonly version?: number;
  readonly payloadLength?: number;
  readonly hopLimit?: number;
}

export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;

export function ipv4(fields: Ipv4Fields): Buffer {
  const {
    source,
    destination,
    protocol,
    payload,
    version = 4,
    words = 5,
    timeToLive = 64,
    fragment = 0,
  } = fields;
  const header = Buffer.alloc(20);
  header[0] = (version << 4) | words;
  header.writeUInt16BE(fields.totalLength ?? 20 + payload.length, 2);
  header.writeUInt16BE(fragment, 6);
  header[8] = timeToLive;
  header[9] = protocol;
  ipv4Bytes(source).copy(header, 12);
  ipv4Bytes(destination).copy(header, 16);
  header.writeUInt16BE(fields.checksum ?? checksum(header), 10);
  return Buffer.concat([header, payload]);
}

export function ipv6(fields: Ipv6Fields): Buffer {
  const { source, destination, nextHeader, payload, version = 6, hopLimit = 64 } = fields;
  const header = Buffer.alloc(40);
  header[0] = version << 4;
  header.writeUInt16BE(fields.payloadLength ?? payload.length, 4);
  header[6] = nextHeader;
  header[7] = hopLimit;
  parseHextets(source).copy(header, 8);
  parseHextets(destination).copy(header, 24);
  return Buffer.concat([header, payload]);
}

/** A UDP datagram; a checksum of 0 is "none". */
export function udp(
  source: string,
  destination: string,
  ports: { source?: number; destination: number },
  fields: { data?: Buffer; length?: number; checksum?: number } = {},
): Buffer {
  const data = fields.data ?? Buffer.from('syngate');
  const datagram = Buffer.concat([Buffer.alloc(8), data]);
  datagram.writeUInt16BE(ports.source ?? 40_000, 0);
  datagram.writeUInt16BE(ports.destination, 2);
  datagram.writeUInt16BE(fields.length ?? datagram.length, 4);
  const computed = transportChecksum(source, destination, PROTOCOL.udp, datagram) || 0xffff;
  datagram.writeUInt16BE(fields.checksum ?? computed, 6);
  return datagram;
}

/** A TCP SYN, or any other flags. */
export function tcp(
  source: string,
  destination: string,
  ports: { source?: number; destination: number },
  fields: { flags?: number; words?: number } = {},
): Buffer {
  const segment = Buffer.alloc(20);
  segment.writeUInt16BE(ports.source ?? 40_000, 0);
  segment.writeUInt16BE(ports.destination, 2);
  segment.writeUInt32BE(0x5e9_ca7e, 4);
  segment[12] = (fields.words ?? 5) << 4;
  segment[13] = fields.flags ?? 0x02;
  segment.writeUInt16BE(65_535, 14);
  segment.writeUInt16BE(transportChecksum(source, destination, PROTOCOL.tcp, segment), 16);
  return segment;
}

/** An ICMP message of IPv4. */
export function icmp(type: number, code: number, rest: Buffer = Buffer.alloc(12)): Buffer {
  const message = Buffer.concat([Buffer.from([type, code, 0, 0]), rest]);
  message.writeUInt16BE(checksum(message), 2);
  return message;
}

/** The Internet checksum (RFC 1071) of bytes whose own checksum field is zero. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** With the pseudo-header of RFC 768 or RFC 8200 section 8.1. */
function transportChecksum(source: string, destination: string, protocol: number, body: Buffer): number {
  const addresses = source.includes(':')
    ? [parseHextets(source), parseHextets(destination)]
    : [ipv4Bytes(source), ipv4Bytes(destination)];
  const tail = Buffer.alloc(8);
  tail.writeUInt32BE(body.length, 0);
  tail[7] = protocol;
  return checksum(Buffer.concat([...addresses, tail, body]));
}

function ipv4Bytes(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}
