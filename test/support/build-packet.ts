/**
 * IP packets for tests, built from text: `buildTcp({ from: '10.64.0.2:40000', to: '100.80.1.2:443', flags: 'S' })`. The
 * family is that of the addresses. Written independently of src, so that it can judge it; every length and checksum is
 * right unless a field says otherwise.
 */
import { addressBytes, splitEndpoint } from './address-text.ts';
import { checksumOf, pseudoHeader } from './internet-checksum.ts';

/** What may be said about the IP header of any packet. */
export interface IpFields {
  readonly ttl?: number;
  /** DSCP and ECN. */
  readonly tos?: number;
  /** IPv4 only: flags and offset as one number; don't-fragment unless told. */
  readonly fragment?: number;
  /** IPv4 only: a multiple of four bytes. */
  readonly ipOptions?: readonly number[];
  /** IPv6 only: whole extension headers, whose first byte is filled in here. */
  readonly extensionHeaders?: readonly { readonly type: number; readonly body: readonly number[] }[];
}

/** How the transport checksum is left: finished, zero, or (as an offloading stack does) the pseudo-header's sum only. */
export type ChecksumKind = 'finished' | 'absent' | 'partial';

export interface TcpFields extends IpFields {
  readonly from: string;
  readonly to: string;
  /** Letters out of FSRPAUEC. */
  readonly flags?: string;
  readonly sequence?: number;
  readonly acknowledgment?: number;
  readonly tcpOptions?: readonly number[];
  readonly payload?: Uint8Array;
  readonly checksum?: ChecksumKind;
}

export interface UdpFields extends IpFields {
  readonly from: string;
  readonly to: string;
  readonly payload?: Uint8Array;
  readonly checksum?: ChecksumKind;
}

export interface EchoFields extends IpFields {
  readonly from: string;
  readonly to: string;
  readonly identifier: number;
  readonly reply?: boolean;
  readonly sequence?: number;
  readonly payload?: Uint8Array;
}

export interface IcmpErrorFields extends IpFields {
  readonly from: string;
  readonly to: string;
  readonly type: number;
  readonly code?: number;
  /** Second word of the header: MTU, pointer, RFC 4884 length. */
  readonly rest?: number;
  /** The packet the error is about, cut as it may be, and whatever follows it. */
  readonly quote: Uint8Array;
}

export const EMPTY = new Uint8Array(0);

/** Bytes that differ from each other, so that a shifted copy is noticed. */
export function payloadOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + 1) & 255);
}

export function buildTcp(fields: TcpFields): Uint8Array {
  const { flags = 'A', sequence = 1, acknowledgment = 0, tcpOptions = [], payload = EMPTY } = fields;
  const source = splitEndpoint(fields.from);
  const destination = splitEndpoint(fields.to);
  const segment = Uint8Array.of(
    ...word16(source.port),
    ...word16(destination.port),
    ...word32(sequence),
    ...word32(acknowledgment),
    (5 + tcpOptions.length / 4) << 4,
    [...flags].reduce((bits, letter) => bits | (1 << 'FSRPAUEC'.indexOf(letter)), 0),
    ...word16(65_535),
    ...[0, 0, 0, 0],
    ...tcpOptions,
    ...payload,
  );
  const kind = fields.checksum ?? 'finished';
  return buildTransport(source.address, destination.address, 6, segment, 16, kind, fields);
}

export function buildUdp(fields: UdpFields): Uint8Array {
  const { payload = EMPTY } = fields;
  const source = splitEndpoint(fields.from);
  const destination = splitEndpoint(fields.to);
  const datagram = Uint8Array.of(
    ...word16(source.port),
    ...word16(destination.port),
    ...word16(8 + payload.length),
    ...[0, 0],
    ...payload,
  );
  const kind = fields.checksum ?? 'finished';
  return buildTransport(source.address, destination.address, 17, datagram, 6, kind, fields);
}

export function buildEcho(fields: EchoFields): Uint8Array {
  const { identifier, reply = false, sequence = 1, payload = payloadOf(56) } = fields;
  const isIpv6 = fields.from.includes(':');
  const type = isIpv6 ? (reply ? 129 : 128) : reply ? 0 : 8;
  return buildIcmp(
    fields,
    Uint8Array.of(type, 0, 0, 0, ...word16(identifier), ...word16(sequence), ...payload),
  );
}

export function buildIcmpError(fields: IcmpErrorFields): Uint8Array {
  const { type, code = 0, rest = 0, quote } = fields;
  return buildIcmp(fields, Uint8Array.of(type, code, 0, 0, ...word32(rest), ...quote));
}

/** An ICMP or ICMPv6 message whose checksum bytes are zero. */
export function buildIcmp(
  fields: IpFields & { readonly from: string; readonly to: string },
  message: Uint8Array,
): Uint8Array {
  if (fields.from.includes(':')) {
    return buildTransport(fields.from, fields.to, 58, message, 2, 'finished', fields);
  }
  const finished = message.slice();
  finished.set(word16(checksumOf(finished)), 2);
  return buildIp(fields.from, fields.to, 1, finished, fields);
}

/** An IP packet around any transport bytes. */
export function buildIp(
  source: string,
  destination: string,
  protocol: number,
  transport: Uint8Array,
  fields: IpFields = {},
): Uint8Array {
  return source.includes(':')
    ? buildIpv6(source, destination, protocol, transport, fields)
    : buildIpv4(source, destination, protocol, transport, fields);
}

/** A copy with some bytes replaced; the checksums stay what they were. */
export function patch(packet: Uint8Array, at: number, ...bytes: readonly number[]): Uint8Array {
  const patched = packet.slice();
  patched.set(bytes, at);
  return patched;
}

/** A copy whose IPv4 header checksum is right. */
export function fixIpv4Checksum(packet: Uint8Array): Uint8Array {
  const fixed = patch(packet, 10, 0, 0);
  fixed.set(word16(checksumOf(fixed.subarray(0, ((fixed[0] ?? 0) & 15) * 4))), 10);
  return fixed;
}

/** What a device does to a packet with a partial checksum at `checksumAt` of the transport header at `transportAt`. */
export function finishPartialChecksum(
  packet: Uint8Array,
  transportAt: number,
  checksumAt: number,
): Uint8Array {
  return patch(
    packet,
    transportAt + checksumAt,
    ...word16(checksumOf(packet.subarray(transportAt)) || 0xffff),
  );
}

function buildTransport(
  source: string,
  destination: string,
  protocol: number,
  transport: Uint8Array,
  checksumAt: number,
  kind: ChecksumKind,
  fields: IpFields,
): Uint8Array {
  const pseudo = pseudoHeader(addressBytes(source), addressBytes(destination), protocol, transport.length);
  const finished = transport.slice();
  if (kind === 'partial') finished.set(word16(0xffff - checksumOf(pseudo)), checksumAt);
  if (kind === 'finished') {
    const sum = checksumOf(pseudo, transport);
    finished.set(word16(protocol === 17 && sum === 0 ? 0xffff : sum), checksumAt);
  }
  return buildIp(source, destination, protocol, finished, fields);
}

function buildIpv4(
  source: string,
  destination: string,
  protocol: number,
  transport: Uint8Array,
  { ttl = 64, tos = 0, fragment = 0x4000, ipOptions = [] }: IpFields,
): Uint8Array {
  const headerBytes = 20 + ipOptions.length;
  return fixIpv4Checksum(
    Uint8Array.of(
      ...[0x40 | (headerBytes / 4), tos],
      ...word16(headerBytes + transport.length),
      ...[0x12, 0x34],
      ...word16(fragment),
      ...[ttl, protocol, 0, 0],
      ...addressBytes(source),
      ...addressBytes(destination),
      ...ipOptions,
      ...transport,
    ),
  );
}

function buildIpv6(
  source: string,
  destination: string,
  protocol: number,
  transport: Uint8Array,
  { ttl = 64, tos = 0, extensionHeaders = [] }: IpFields,
): Uint8Array {
  const types = [...extensionHeaders.map((header) => header.type), protocol];
  const extensions = extensionHeaders.flatMap(({ body }, index) => [types[index + 1] ?? 0, ...body.slice(1)]);
  return Uint8Array.of(
    ...[0x60 | (tos >> 4), (tos & 15) << 4, 0, 0x77],
    ...word16(extensions.length + transport.length),
    ...[types[0] ?? 0, ttl],
    ...addressBytes(source),
    ...addressBytes(destination),
    ...extensions,
    ...transport,
  );
}

function word16(value: number): [number, number] {
  return [(value >> 8) & 255, value & 255];
}

function word32(value: number): [number, number, number, number] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}
