/**
 * The Internet checksum the slow and obvious way (RFC 1071 section 1), as an oracle: nothing here is shared with src.
 */

/** The checksum of the bytes of all parts, one after the other: 0 when they contain their own correct one. */
export function checksumOf(...parts: readonly Uint8Array[]): number {
  const bytes = parts.flatMap((part) => [...part]);
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return 0xffff - sum;
}

/** RFC 768, RFC 9293 section 3.1, RFC 8200 section 8.1; addresses of 4 or 16 bytes. */
export function pseudoHeader(
  source: Uint8Array,
  destination: Uint8Array,
  protocol: number,
  length: number,
): Uint8Array {
  if (source.length === 4)
    return Uint8Array.of(...source, ...destination, 0, protocol, length >> 8, length & 255);
  return Uint8Array.of(
    ...source,
    ...destination,
    ...[length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255],
    ...[0, 0, 0, protocol],
  );
}
