/**
 * Fragments of IPv4 (RFC 791 section 3.2) and IPv6 (RFC 8200 section 4.5): where a fragment belongs, and how to write one.
 * The header that every fragment repeats is the IPv4 header, or the IPv6 header with the extension headers before the
 * fragment header.
 *
 *      IPv6 fragment header
 *      |  Next Header  |   Reserved    |      Fragment Offset    |Res|M|
 *      |                         Identification                        |
 */
import type { DropReason } from '../report/drop-reason.ts';
import { sumBytes } from './checksum.ts';
import { copyIpv4Options, IPV4_HEADER_BYTES, ipv4HeaderBytes, ipv4TotalLength } from './ipv4.ts';
import { IPV6_HEADER_BYTES, ipv6PayloadLength } from './ipv6.ts';
import { PROTOCOL_TCP } from './protocol.ts';
import { TCP_HEADER_BYTES } from './tcp.ts';

const IPV4_TOTAL_LENGTH = 2;
const IPV4_IDENTIFICATION = 4;
const IPV4_FRAGMENT = 6;
const IPV4_PROTOCOL = 9;
const IPV4_CHECKSUM = 10;
const IPV4_MORE = 0x2000;
const IPV4_OFFSET_MASK = 0x1fff;

const IPV6_PAYLOAD_LENGTH = 4;
const IPV6_NEXT_HEADER = 6;
const HOP_BY_HOP = 0;
const FRAGMENT = 44;
const DESTINATION_OPTIONS = 60;
const IPV6_FRAGMENT_BYTES = 8;
/** Offsets count in units of this many bytes, and all fragments but the last are whole units. */
const FRAGMENT_UNIT = 8;
const LARGEST_PACKET = 65_535;
/** The header of every transport that may pass but TCP. */
const LEAST_TRANSPORT = 8;
/** ECN is in the header's second byte: the lowest two bits in IPv4, the two above the flow label in IPv6. */
const IPV6_ECN_AT = 4;
export const ECN_NOT_CAPABLE = 0;
export const ECN_CONGESTED = 3;

export interface Fragment {
  readonly family: 4 | 6;
  readonly identification: number;
  /** Protocol of the whole packet's payload: the transport, or for IPv6 the first header after the fragment header. */
  readonly protocol: number;
  /** Where the fragment's payload belongs, in bytes, and whether others follow it. */
  readonly offset: number;
  readonly more: boolean;
  /** The header that every fragment repeats is `[at, headerEnd)`, the fragment's payload `[payloadAt, end)`. */
  readonly headerEnd: number;
  readonly payloadAt: number;
  readonly end: number;
  /** Offset of the next-header field that names the fragment header; IPv6 only, 0 for IPv4. */
  readonly nextHeaderAt: number;
  /** The two bits of explicit congestion notification (RFC 3168 section 5). */
  readonly ecn: number;
}

/** Reads the fragment at `at`, whose IP header has been checked; returns a reason if no packet can contain it. */
export function readFragment(view: DataView, at: number): Fragment | DropReason {
  const fragment = view.getUint8(at) >> 4 === 4 ? readIpv4(view, at) : readIpv6(view, at);
  if (typeof fragment === 'string') return fragment;
  const { offset, more, headerEnd, payloadAt, end } = fragment;
  const bytes = end - payloadAt;
  if (bytes <= 0 || (more && bytes % FRAGMENT_UNIT !== 0)) return 'fragment-malformed';
  return headerEnd - at + offset + bytes > LARGEST_PACKET ? 'fragment-malformed' : fragment;
}

function readIpv4(view: DataView, at: number): Fragment {
  const field = view.getUint16(at + IPV4_FRAGMENT);
  const headerEnd = at + ipv4HeaderBytes(view, at);
  return {
    family: 4,
    identification: view.getUint16(at + IPV4_IDENTIFICATION),
    protocol: view.getUint8(at + IPV4_PROTOCOL),
    offset: (field & IPV4_OFFSET_MASK) * FRAGMENT_UNIT,
    more: (field & IPV4_MORE) !== 0,
    headerEnd,
    payloadAt: headerEnd,
    end: at + ipv4TotalLength(view, at),
    nextHeaderAt: 0,
    ecn: view.getUint8(at + 1) & ECN_CONGESTED,
  };
}

function readIpv6(view: DataView, at: number): Fragment | DropReason {
  const end = at + IPV6_HEADER_BYTES + ipv6PayloadLength(view, at);
  let nextHeaderAt = at + IPV6_NEXT_HEADER;
  let offset = at + IPV6_HEADER_BYTES;
  for (;;) {
    const next = view.getUint8(nextHeaderAt);
    if (offset + IPV6_FRAGMENT_BYTES > end) return 'fragment-malformed';
    if (next === FRAGMENT) break;
    if (next !== HOP_BY_HOP && next !== DESTINATION_OPTIONS) return 'fragment-malformed';
    nextHeaderAt = offset;
    offset += (view.getUint8(offset + 1) + 1) * 8;
  }
  const field = view.getUint16(offset + 2);
  const isFirst = (field & ~7) === 0;
  if (isFirst && !hasWholeChain(view, view.getUint8(offset), offset + IPV6_FRAGMENT_BYTES, end))
    return 'fragment-malformed';
  return {
    family: 6,
    identification: view.getUint32(offset + 4),
    protocol: view.getUint8(offset),
    offset: field & ~7,
    more: (field & 1) !== 0,
    headerEnd: offset,
    payloadAt: offset + IPV6_FRAGMENT_BYTES,
    end,
    nextHeaderAt,
    ecn: (view.getUint8(at + 1) >> IPV6_ECN_AT) & ECN_CONGESTED,
  };
}

/**
 * Whether the first fragment's payload `[at, end)`, which begins with the header `first`, has all headers (RFC 7112 section 5),
 * among which are no hop-by-hop options (RFC 8200 section 4.1).
 */
function hasWholeChain(view: DataView, first: number, at: number, end: number): boolean {
  let next = first;
  let offset = at;
  while (next === DESTINATION_OPTIONS && offset + FRAGMENT_UNIT <= end) {
    next = view.getUint8(offset);
    offset += (view.getUint8(offset + 1) + 1) * 8;
  }
  const least = next === PROTOCOL_TCP ? TCP_HEADER_BYTES : LEAST_TRANSPORT;
  return next !== HOP_BY_HOP && next !== DESTINATION_OPTIONS && offset + least <= end;
}

/** Sets CE in the header at `at`, whose checksum is not finished yet. */
export function markCongested(view: DataView, at: number): void {
  const mark = view.getUint8(at) >> 4 === 4 ? ECN_CONGESTED : ECN_CONGESTED << IPV6_ECN_AT;
  view.setUint8(at + 1, view.getUint8(at + 1) | mark);
}

/** Makes the header at `at` that of a whole packet of `length` bytes; for IPv6 `protocol` is named at `nextHeaderAt`. */
export function writeWholeHeader(
  view: DataView,
  at: number,
  length: number,
  protocol: number,
  nextHeaderAt: number,
): void {
  if (view.getUint8(at) >> 4 === 4) {
    view.setUint16(at + IPV4_TOTAL_LENGTH, length);
    view.setUint16(at + IPV4_FRAGMENT, 0);
    finishIpv4(view, at);
    return;
  }
  view.setUint16(at + IPV6_PAYLOAD_LENGTH, length - IPV6_HEADER_BYTES);
  view.setUint8(nextHeaderAt, protocol);
}

/**
 * Bytes of the header that fragments of the whole packet at `at` repeat: IPv4's with its options, of which later fragments
 * may have fewer, or IPv6's with its hop-by-hop options (RFC 8200 section 4.5).
 */
export function repeatedHeaderBytes(view: DataView, at: number): number {
  if (view.getUint8(at) >> 4 === 4) return ipv4HeaderBytes(view, at);
  if (view.getUint8(at + IPV6_NEXT_HEADER) !== HOP_BY_HOP) return IPV6_HEADER_BYTES;
  return IPV6_HEADER_BYTES + (view.getUint8(at + IPV6_HEADER_BYTES + 1) + 1) * 8;
}

/** Bytes of payload that a fragment of the packet at `at` may carry so that it fits `mtu`; whole units. */
export function fragmentPayload(view: DataView, at: number, mtu: number): number {
  const overhead = repeatedHeaderBytes(view, at) + (view.getUint8(at) >> 4 === 4 ? 0 : IPV6_FRAGMENT_BYTES);
  return (mtu - overhead) & ~(FRAGMENT_UNIT - 1);
}

/** A fragment to write: `offset` and `bytes` of the whole packet's payload. */
export interface Piece {
  readonly offset: number;
  readonly bytes: number;
  readonly more: boolean;
  readonly identification: number;
}

/** Writes a fragment of the whole packet at `from` to `to` of another buffer; returns the fragment's length. */
export function writePiece(
  from: { view: DataView; at: number },
  to: { view: DataView; at: number },
  piece: Piece,
): number {
  return from.view.getUint8(from.at) >> 4 === 4
    ? writeIpv4Piece(from, to, piece)
    : writeIpv6Piece(from, to, piece);
}

type Place = { readonly view: DataView; readonly at: number };

function writeIpv4Piece(from: Place, to: Place, { offset, bytes, more, identification }: Piece): number {
  const wholeHeader = ipv4HeaderBytes(from.view, from.at);
  copy(from, 0, to, 0, wholeHeader);
  const headerBytes = offset === 0 ? wholeHeader : IPV4_HEADER_BYTES + copyIpv4Options(from, to);
  copy(from, wholeHeader + offset, to, headerBytes, bytes);
  const length = headerBytes + bytes;
  to.view.setUint8(to.at, 0x40 | (headerBytes / 4));
  to.view.setUint16(to.at + IPV4_TOTAL_LENGTH, length);
  to.view.setUint16(to.at + IPV4_IDENTIFICATION, identification & 0xffff);
  to.view.setUint16(to.at + IPV4_FRAGMENT, (more ? IPV4_MORE : 0) | (offset / FRAGMENT_UNIT));
  finishIpv4(to.view, to.at);
  return length;
}

function writeIpv6Piece(from: Place, to: Place, { offset, bytes, more, identification }: Piece): number {
  const repeated = repeatedHeaderBytes(from.view, from.at);
  const header = to.at + repeated;
  const nextHeaderAt = to.at + (repeated === IPV6_HEADER_BYTES ? IPV6_NEXT_HEADER : IPV6_HEADER_BYTES);
  copy(from, 0, to, 0, repeated);
  copy(from, repeated + offset, to, repeated + IPV6_FRAGMENT_BYTES, bytes);
  to.view.setUint8(header, to.view.getUint8(nextHeaderAt));
  to.view.setUint8(header + 1, 0);
  to.view.setUint16(header + 2, offset | (more ? 1 : 0));
  to.view.setUint32(header + 4, identification);
  to.view.setUint8(nextHeaderAt, FRAGMENT);
  const length = repeated + IPV6_FRAGMENT_BYTES + bytes;
  to.view.setUint16(to.at + IPV6_PAYLOAD_LENGTH, length - IPV6_HEADER_BYTES);
  return length;
}

function finishIpv4(view: DataView, at: number): void {
  view.setUint16(at + IPV4_CHECKSUM, 0);
  view.setUint16(at + IPV4_CHECKSUM, ~sumBytes(view, at, ipv4HeaderBytes(view, at)) & 0xffff);
}

function copy(from: Place, fromOffset: number, to: Place, toOffset: number, bytes: number): void {
  const source = new Uint8Array(from.view.buffer, from.view.byteOffset + from.at + fromOffset, bytes);
  new Uint8Array(to.view.buffer, to.view.byteOffset + to.at + toOffset, bytes).set(source);
}
