/**
 * IPv4 header (RFC 791 section 3.1). Functions read and write in place at `at`, the header's first byte. Addresses are
 * returned as unsigned 32-bit numbers, and taken signed or unsigned.
 *
 *       0                   1                   2                   3
 *       0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *      |Version|  IHL  |      TOS      |          Total Length         |
 *      |         Identification        |Flags|     Fragment Offset     |
 *      |      TTL      |    Protocol   |        Header Checksum        |
 *      |                         Source Address                        |
 *      |                      Destination Address                      |
 */
import type { DropReason } from '../report/drop-reason.ts';
import { applyDelta, fold, sumBytes } from './checksum.ts';

const VERSION_IHL = 0;
const TOTAL_LENGTH = 2;
const IDENTIFICATION = 4;
const FRAGMENT = 6;
const TTL = 8;
const PROTOCOL = 9;
const CHECKSUM = 10;
const SOURCE = 12;
const DESTINATION = 16;
/** Without options. */
export const IPV4_HEADER_BYTES = DESTINATION + 4;

const FRAGMENT_MASK = 0x3fff; // more-fragments and offset, not don't-fragment
const DONT_FRAGMENT = 0x4000;
const FRAGMENT_OFFSET_MASK = 0x1fff;
const OPTION_END = 0;
const OPTION_NOP = 1;
const OPTION_COPIED = 0x80;
/** Routers, including this host's kernel, write their addresses into both. */
const OPTION_RECORD_ROUTE = 7;
const OPTION_TIMESTAMP = 68;
const OPTION_LOOSE_SOURCE_ROUTE = 131;
const OPTION_STRICT_SOURCE_ROUTE = 137;

/** Why the header cannot be trusted, or undefined when every accessor is safe (RFC 1812 section 5.2.2, row R6). */
export function checkIpv4(view: DataView, at: number, length: number): DropReason | undefined {
  if (length < IPV4_HEADER_BYTES) return 'ip-truncated';
  const headerBytes = ipv4HeaderBytes(view, at);
  if (headerBytes < IPV4_HEADER_BYTES || headerBytes > length) return 'ip-bad-header-length';
  const total = ipv4TotalLength(view, at);
  if (total < headerBytes || total > length) return 'ip-bad-total-length';
  if (sumBytes(view, at, headerBytes) !== 0xffff) return 'ip-bad-checksum';
  const options =
    headerBytes > IPV4_HEADER_BYTES
      ? checkOptions(view, at + IPV4_HEADER_BYTES, at + headerBytes)
      : undefined;
  if (options !== undefined) return options;
  return (view.getUint16(at + FRAGMENT) & FRAGMENT_MASK) === 0 ? undefined : 'ip-fragment';
}

/**
 * As `checkIpv4`, for the header of a packet quoted in an ICMP error, of which `length` bytes are left: the packet may be
 * truncated, options do not matter (RFC 5508 section 4.1, row I3), and a first fragment still has its ports.
 */
export function checkQuotedIpv4(view: DataView, at: number, length: number): DropReason | undefined {
  if (length < IPV4_HEADER_BYTES) return 'ip-truncated';
  const headerBytes = ipv4HeaderBytes(view, at);
  if (headerBytes < IPV4_HEADER_BYTES || headerBytes > length) return 'ip-bad-header-length';
  if (sumBytes(view, at, headerBytes) !== 0xffff) return 'ip-bad-checksum';
  return (view.getUint16(at + FRAGMENT) & FRAGMENT_OFFSET_MASK) !== 0 ? 'ip-fragment' : undefined;
}

export function ipv4HeaderBytes(view: DataView, at: number): number {
  return (view.getUint8(at + VERSION_IHL) & 0x0f) * 4;
}

export function ipv4TotalLength(view: DataView, at: number): number {
  return view.getUint16(at + TOTAL_LENGTH);
}

/** Whether routers may fragment the packet: DF is not set. */
export function ipv4MayBeCut(view: DataView, at: number): boolean {
  return (view.getUint16(at + FRAGMENT) & DONT_FRAGMENT) === 0;
}

export function ipv4Identification(view: DataView, at: number): number {
  return view.getUint16(at + IDENTIFICATION);
}

export function setIpv4Identification(view: DataView, at: number, identification: number): void {
  const delta = fold((~view.getUint16(at + IDENTIFICATION) & 0xffff) + identification);
  view.setUint16(at + IDENTIFICATION, identification);
  view.setUint16(at + CHECKSUM, applyDelta(view.getUint16(at + CHECKSUM), delta));
}

export function ipv4Protocol(view: DataView, at: number): number {
  return view.getUint8(at + PROTOCOL);
}

/** The folded sum of both addresses, as a pseudo-header's sum contains it. */
export function ipv4AddressSum(view: DataView, at: number): number {
  return sumBytes(view, at + SOURCE, IPV4_HEADER_BYTES - SOURCE);
}

export function ipv4Source(view: DataView, at: number): number {
  return view.getUint32(at + SOURCE);
}

export function ipv4Destination(view: DataView, at: number): number {
  return view.getUint32(at + DESTINATION);
}

/** Writes both addresses and repairs the header checksum by `delta`, that of the two changes. */
export function rewriteIpv4(
  view: DataView,
  at: number,
  source: number,
  destination: number,
  delta: number,
): void {
  view.setUint32(at + SOURCE, source);
  view.setUint32(at + DESTINATION, destination);
  view.setUint16(at + CHECKSUM, applyDelta(view.getUint16(at + CHECKSUM), delta));
}

/** Writes a header without options, don't-fragment set, checksum finished. */
export function emitIpv4(
  view: DataView,
  at: number,
  header: { source: number; destination: number; protocol: number; totalLength: number; ttl: number },
): void {
  view.setUint8(at + VERSION_IHL, 0x45);
  view.setUint8(at + VERSION_IHL + 1, 0);
  view.setUint16(at + TOTAL_LENGTH, header.totalLength);
  view.setUint16(at + IDENTIFICATION, 0);
  view.setUint16(at + FRAGMENT, 0x4000);
  view.setUint8(at + TTL, header.ttl);
  view.setUint8(at + PROTOCOL, header.protocol);
  view.setUint16(at + CHECKSUM, 0);
  view.setUint32(at + SOURCE, header.source);
  view.setUint32(at + DESTINATION, header.destination);
  view.setUint16(at + CHECKSUM, ~sumBytes(view, at, IPV4_HEADER_BYTES) & 0xffff);
}

/** A packet's header, in a buffer. */
interface HeaderPlace {
  readonly view: DataView;
  readonly at: number;
}

/**
 * Writes those of the options at `from` behind the header at `to` that every fragment must have (RFC 791 section 3.1, the
 * copied flag), padded; returns their bytes. `checkIpv4` has found the options well-formed.
 */
export function copyIpv4Options(from: HeaderPlace, to: HeaderPlace): number {
  const end = ipv4HeaderBytes(from.view, from.at);
  let length = 0;
  for (let offset = IPV4_HEADER_BYTES; offset < end; ) {
    const option = from.view.getUint8(from.at + offset);
    if (option === OPTION_END) break;
    const bytes = option === OPTION_NOP ? 1 : from.view.getUint8(from.at + offset + 1);
    for (let byte = 0; byte < bytes && (option & OPTION_COPIED) !== 0; byte++)
      to.view.setUint8(to.at + IPV4_HEADER_BYTES + length++, from.view.getUint8(from.at + offset + byte));
    offset += bytes;
  }
  while (length % 4 !== 0) to.view.setUint8(to.at + IPV4_HEADER_BYTES + length++, OPTION_END);
  return length;
}

/** Refuses source routes (row F15) and options that reveal addresses of one side to the other; all others pass. */
function checkOptions(view: DataView, at: number, end: number): DropReason | undefined {
  let offset = at;
  while (offset < end) {
    const option = view.getUint8(offset);
    if (option === OPTION_END) return undefined;
    if (option === OPTION_LOOSE_SOURCE_ROUTE || option === OPTION_STRICT_SOURCE_ROUTE)
      return 'ip-source-route';
    const length = option === OPTION_NOP ? 1 : offset + 1 < end ? view.getUint8(offset + 1) : 0;
    if (option === OPTION_RECORD_ROUTE || option === OPTION_TIMESTAMP) return 'ip-recording-option';
    if (length === 0 || (option !== OPTION_NOP && length < 2) || offset + length > end)
      return 'ip-bad-header-length';
    offset += length;
  }
  return undefined;
}
