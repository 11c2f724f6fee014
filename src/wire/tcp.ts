/**
 * TCP header (RFC 9293 section 3.1).
 *
 *      |          Source Port          |       Destination Port        |
 *      |                        Sequence Number                        |
 *      |                    Acknowledgment Number                      |
 *      | Offset| Rsrvd |    Flags      |            Window             |
 *      |           Checksum            |         Urgent Pointer        |
 */
import type { DropReason } from '../report/drop-reason.ts';

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const SEQUENCE = 4;
const ACKNOWLEDGMENT = 8;
const DATA_OFFSET = 12;
const FLAGS = 13;
const WINDOW = 14;
export const TCP_CHECKSUM = 16;
const URGENT = 18;
/** Without options. */
export const TCP_HEADER_BYTES = URGENT + 2;

export const TCP_FIN = 0x01;
export const TCP_SYN = 0x02;
export const TCP_RST = 0x04;
export const TCP_ACK = 0x10;

const OPTION_END = 0;
const OPTION_NOP = 1;
export const TCP_OPTION_MSS = 2;
const TCP_OPTION_WINDOW_SCALE = 3;
const WINDOW_SCALE_BYTES = 3;
/** RFC 7323 section 2.3: anything larger is treated as this. */
const MOST_WINDOW_SCALE = 14;

/** Why the header cannot be trusted, or undefined when every accessor is safe. */
export function checkTcp(view: DataView, at: number, end: number): DropReason | undefined {
  if (end - at < TCP_HEADER_BYTES) return 'transport-truncated';
  const headerBytes = tcpHeaderBytes(view, at);
  if (headerBytes < TCP_HEADER_BYTES || at + headerBytes > end) return 'transport-bad-length';
  return flagsMakeSense(tcpFlags(view, at)) ? undefined : 'tcp-bad-flags';
}

export function tcpHeaderBytes(view: DataView, at: number): number {
  return (view.getUint8(at + DATA_OFFSET) >> 4) * 4;
}

export function tcpWindow(view: DataView, at: number): number {
  return view.getUint16(at + WINDOW);
}

/** The shift count of a SYN's window scale option (RFC 7323 section 2.2), at most 14; -1 without one. */
export function tcpWindowScale(view: DataView, at: number): number {
  const option = findTcpOption(view, at, TCP_OPTION_WINDOW_SCALE, WINDOW_SCALE_BYTES);
  return option === -1 ? -1 : Math.min(view.getUint8(option + 2), MOST_WINDOW_SCALE);
}

/** Where the option of this kind and length begins; -1 if there is none, or if an option before it is malformed. */
export function findTcpOption(view: DataView, at: number, kind: number, length: number): number {
  const end = at + tcpHeaderBytes(view, at);
  let offset = at + TCP_HEADER_BYTES;
  while (offset + 1 < end) {
    const found = view.getUint8(offset);
    if (found === OPTION_END) return -1;
    const bytes = found === OPTION_NOP ? 1 : view.getUint8(offset + 1);
    if (bytes === 0 || (bytes === 1 && found !== OPTION_NOP) || offset + bytes > end) return -1;
    if (found === kind && bytes === length) return offset;
    offset += bytes;
  }
  return -1;
}

export function tcpFlags(view: DataView, at: number): number {
  return view.getUint8(at + FLAGS);
}

export function tcpSequence(view: DataView, at: number): number {
  return view.getUint32(at + SEQUENCE);
}

export function tcpAcknowledgment(view: DataView, at: number): number {
  return view.getUint32(at + ACKNOWLEDGMENT);
}

/** Writes a header without options; the checksum is left zero. */
export function emitTcp(
  view: DataView,
  at: number,
  header: { source: number; destination: number; sequence: number; acknowledgment: number; flags: number },
): void {
  view.setUint16(at + SOURCE_PORT, header.source);
  view.setUint16(at + DESTINATION_PORT, header.destination);
  view.setUint32(at + SEQUENCE, header.sequence);
  view.setUint32(at + ACKNOWLEDGMENT, header.acknowledgment);
  view.setUint8(at + DATA_OFFSET, (TCP_HEADER_BYTES / 4) << 4);
  view.setUint8(at + FLAGS, header.flags);
  view.setUint16(at + WINDOW, 0);
  view.setUint16(at + TCP_CHECKSUM, 0);
  view.setUint16(at + URGENT, 0);
}

/** No stack sends these: no flags at all, SYN with FIN or RST, FIN with RST or without ACK. */
function flagsMakeSense(flags: number): boolean {
  const control = flags & (TCP_SYN | TCP_FIN | TCP_RST);
  if (control === 0 || control === TCP_FIN) return (flags & TCP_ACK) !== 0;
  return control === TCP_SYN || control === TCP_RST;
}
