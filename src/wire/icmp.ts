/**
 * ICMP (RFC 792) and ICMPv6 (RFC 4443) messages: type, code, checksum, then for echo an identifier and a sequence
 * number, for errors four bytes and the packet that caused them.
 */
import type { DropReason } from '../report/drop-reason.ts';

const TYPE = 0;
const CODE = 1;
export const ICMP_CHECKSUM = 2;
export const ICMP_IDENTIFIER = 4;
export const ICMP_HEADER_BYTES = 8;

export function checkIcmp(at: number, end: number): DropReason | undefined {
  return end - at < ICMP_HEADER_BYTES ? 'transport-truncated' : undefined;
}

export function icmpType(view: DataView, at: number): number {
  return view.getUint8(at + TYPE);
}

export function icmpCode(view: DataView, at: number): number {
  return view.getUint8(at + CODE);
}

/** Writes the first eight bytes; `rest` is the second word (identifier and sequence, MTU, or zero). */
export function emitIcmp(view: DataView, at: number, type: number, code: number, rest: number): void {
  view.setUint8(at + TYPE, type);
  view.setUint8(at + CODE, code);
  view.setUint16(at + ICMP_CHECKSUM, 0);
  view.setUint32(at + ICMP_IDENTIFIER, rest);
}
