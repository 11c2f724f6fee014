/** UDP header (RFC 768): source port, destination port, length, checksum, two bytes each. */
import type { DropReason } from '../report/drop-reason.ts';

export const UDP_LENGTH = 4;
export const UDP_CHECKSUM = 6;
export const UDP_HEADER_BYTES = UDP_CHECKSUM + 2;

/**
 * Why the header cannot be trusted, or undefined. A checksum of zero means "none" in IPv4 only (RFC 8200 section 8.1,
 * row F5).
 */
export function checkUdp(view: DataView, at: number, end: number, family: 4 | 6): DropReason | undefined {
  if (end - at < UDP_HEADER_BYTES) return 'transport-truncated';
  const length = view.getUint16(at + UDP_LENGTH);
  if (length < UDP_HEADER_BYTES || at + length > end) return 'transport-bad-length';
  return family === 6 && view.getUint16(at + UDP_CHECKSUM) === 0 ? 'transport-bad-checksum' : undefined;
}
