/**
 * Lowers the maximum segment size that a SYN announces (RFC 9293 section 3.7.1), so that connections fit the path even if
 * its routers send no "packet too big" (row F11). A SYN without the option is left alone: segments are small then anyway.
 */
import { applyDelta, fold } from '../wire/checksum.ts';
import type { PacketView } from '../wire/packet-view.ts';
import { findTcpOption, TCP_CHECKSUM, TCP_OPTION_MSS } from '../wire/tcp.ts';

const OPTION_BYTES = 4;

/** `most` is in bytes. A `partial` checksum does not cover the options, so it is left as it is. */
export function clampMss({ view, transportAt }: PacketView, most: number, partial: boolean): void {
  const option = findTcpOption(view, transportAt, TCP_OPTION_MSS, OPTION_BYTES);
  if (option === -1) return;
  const at = option + 2;
  const announced = view.getUint16(at);
  if (announced <= most) return;
  view.setUint16(at, most);
  if (partial) return;
  const delta = fold((~announced & 0xffff) + most);
  // A word at an odd offset straddles two words of the sum: its bytes are swapped (RFC 1071 section 2 (B)).
  const aligned = ((at - transportAt) & 1) === 0 ? delta : ((delta & 0xff) << 8) | (delta >>> 8);
  const checksumAt = transportAt + TCP_CHECKSUM;
  view.setUint16(checksumAt, applyDelta(view.getUint16(checksumAt), aligned));
}
