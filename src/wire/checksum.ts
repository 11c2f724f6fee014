/**
 * The Internet checksum (RFC 1071) and its incremental update (RFC 1624). Sums are 16-bit one's complement sums, folded
 * and not complemented; a checksum is the complement of one. A *delta* is what a rewrite adds to a sum: the sum of the
 * complemented old words and the new ones, so the delta of the reverse rewrite is its complement.
 */

/** Folds a sum of up to 2^31 into 16 bits. */
export function fold(sum: number): number {
  let folded = (sum & 0xffff) + (sum >>> 16);
  folded = (folded & 0xffff) + (folded >>> 16);
  return folded;
}

/** The folded sum of `length` bytes from `at` on, an odd last byte padded with zero, added to `initial`. */
export function sumBytes(view: DataView, at: number, length: number, initial = 0): number {
  let sum = initial;
  const even = at + (length & ~1);
  for (let offset = at; offset < even; offset += 2) sum += view.getUint16(offset);
  if ((length & 1) === 1) sum += view.getUint8(even) << 8;
  return fold(sum);
}

/** The sum of a pseudo-header (RFC 793 section 3.1, RFC 8200 section 8.1) over eight address words. */
export function sumPseudoHeader(addresses: Uint32Array, protocol: number, transportBytes: number): number {
  let sum = protocol + (transportBytes & 0xffff) + (transportBytes >>> 16);
  for (let at = 0; at < 8; at++) {
    const word = addresses[at] ?? 0;
    sum += (word & 0xffff) + (word >>> 16);
  }
  return fold(sum);
}

/** A delta extended by one 32-bit word that changes. */
export function extendDelta(delta: number, before: number, after: number): number {
  const complement = ~before;
  return fold(delta + (complement & 0xffff) + (complement >>> 16) + (after & 0xffff) + (after >>> 16));
}

/** The delta of the reverse rewrite. */
export function reverseDelta(delta: number): number {
  return ~delta & 0xffff;
}

/** A finished checksum after a rewrite: RFC 1624 equation 3, HC' = ~(~HC + ~m + m'). */
export function applyDelta(checksum: number, delta: number): number {
  return ~fold((~checksum & 0xffff) + delta) & 0xffff;
}
