/**
 * ICMP (RFC 792) and ICMPv6 (RFC 4443) messages: type, code, checksum, then for echo an identifier and a sequence
 * number, for errors four bytes and the packet that caused them. `at` is the first byte of the message.
 */
import type { DropReason } from '../report/drop-reason.ts';
import { ICMPV6_TIME_EXCEEDED, ICMPV6_UNREACHABLE } from './protocol.ts';

const TYPE = 0;
const CODE = 1;
export const ICMP_CHECKSUM = 2;
export const ICMP_IDENTIFIER = 4;
export const ICMP_HEADER_BYTES = 8;

/** Why the header cannot be read, or undefined when every accessor is safe. The checksum is not verified. */
export function checkIcmp(at: number, end: number): DropReason | undefined {
  return end - at < ICMP_HEADER_BYTES ? 'transport-truncated' : undefined;
}

export function icmpType(view: DataView, at: number): number {
  return view.getUint8(at + TYPE);
}

export function icmpCode(view: DataView, at: number): number {
  return view.getUint8(at + CODE);
}

/** The next-hop MTU, in bytes, of a "fragmentation needed" (RFC 1191 section 4) or "packet too big" (RFC 4443 section 3.2). */
export function icmpMtu(view: DataView, at: number, family: 4 | 6): number {
  return family === 4 ? view.getUint16(at + ICMP_IDENTIFIER + 2) : view.getUint32(at + ICMP_IDENTIFIER);
}

/**
 * One past the last byte of the packet that the error at `at` quotes. A message with extensions after the quote gives the
 * quote's length (RFC 4884 section 4.1: in words of four bytes in IPv4, of eight in IPv6), except in types where that field
 * has another meaning.
 */
export function quoteEnd(view: DataView, at: number, end: number, family: 4 | 6): number {
  const quoteBytes = family === 4 ? view.getUint8(at + 5) * 4 : ipv6QuoteBytes(view, at);
  return quoteBytes === 0 ? end : Math.min(end, at + ICMP_HEADER_BYTES + quoteBytes);
}

function ipv6QuoteBytes(view: DataView, at: number): number {
  const type = icmpType(view, at);
  return type === ICMPV6_UNREACHABLE || type === ICMPV6_TIME_EXCEEDED ? view.getUint8(at + 4) * 8 : 0;
}

/** Writes the first eight bytes; `rest` is the second word (identifier and sequence, MTU, or zero). */
export function emitIcmp(view: DataView, at: number, type: number, code: number, rest: number): void {
  view.setUint8(at + TYPE, type);
  view.setUint8(at + CODE, code);
  view.setUint16(at + ICMP_CHECKSUM, 0);
  view.setUint32(at + ICMP_IDENTIFIER, rest);
}
