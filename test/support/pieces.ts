/** Fragments for tests, cut and put together independently of src. */
import { fixIpv4Checksum } from './build-packet.ts';

/** Cuts a whole packet; each piece has `bytes` of payload, a multiple of 8, behind the first `head` bytes of the packet. */
export function cutIntoPieces(packet: Uint8Array, bytes: number, head = headBytes(packet)): Uint8Array[] {
  const count = Math.ceil((packet.length - head) / bytes);
  return Array.from({ length: count }, (_, index) => {
    const payload = packet.subarray(head + index * bytes, head + (index + 1) * bytes);
    const more = index + 1 < count ? 1 : 0;
    return (packet[0] ?? 0) >> 4 === 4
      ? piece4(packet.slice(0, head), payload, (index * bytes) / 8, more)
      : piece6(packet.slice(0, head), payload, index * bytes, more);
  });
}

/** The whole packet of all its pieces, in order; throws if they do not follow on each other. */
export function joinPieces(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  if (first === undefined) throw new Error('Cannot join pieces: there are none');
  return (first[0] ?? 0) >> 4 === 4 ? join4(pieces, first) : join6(pieces, first);
}

function headBytes(packet: Uint8Array): number {
  return (packet[0] ?? 0) >> 4 === 4 ? ((packet[0] ?? 0) & 15) * 4 : 40;
}

function piece4(header: Uint8Array, payload: Uint8Array, units: number, more: number): Uint8Array {
  const view = viewOf(header);
  view.setUint16(2, header.length + payload.length);
  view.setUint16(6, (more << 13) | units);
  return fixIpv4Checksum(Uint8Array.of(...header, ...payload));
}

function piece6(header: Uint8Array, payload: Uint8Array, offset: number, more: number): Uint8Array {
  const nextHeaderAt = lastNextHeaderAt(header, header.length);
  const next = header[nextHeaderAt] ?? 0;
  header[nextHeaderAt] = 44;
  viewOf(header).setUint16(4, header.length - 40 + 8 + payload.length);
  const field = offset | more;
  return Uint8Array.of(...header, next, 0, field >> 8, field & 255, 0, 0, 0, 9, ...payload);
}

function join4(pieces: readonly Uint8Array[], first: Uint8Array): Uint8Array {
  const payload: number[] = [];
  for (const [index, piece] of pieces.entries()) {
    const field = viewOf(piece).getUint16(6);
    const more = index + 1 < pieces.length ? 0x2000 : 0;
    if (field !== (more | (payload.length / 8))) throw new Error('Cannot join pieces: they do not fit');
    payload.push(...piece.subarray(headBytes(piece)));
  }
  const header = first.slice(0, headBytes(first));
  viewOf(header).setUint16(2, header.length + payload.length);
  viewOf(header).setUint16(6, 0);
  return fixIpv4Checksum(Uint8Array.of(...header, ...payload));
}

function join6(pieces: readonly Uint8Array[], first: Uint8Array): Uint8Array {
  const payload: number[] = [];
  for (const [index, piece] of pieces.entries()) {
    const at = fragmentHeaderAt(piece);
    const more = index + 1 < pieces.length ? 1 : 0;
    if (viewOf(piece).getUint16(at + 2) !== (payload.length | more))
      throw new Error('Cannot join pieces: they do not fit');
    payload.push(...piece.subarray(at + 8));
  }
  const at = fragmentHeaderAt(first);
  const header = first.slice(0, at);
  header[lastNextHeaderAt(header, at)] = first[at] ?? 0;
  viewOf(header).setUint16(4, at - 40 + payload.length);
  return Uint8Array.of(...header, ...payload);
}

function fragmentHeaderAt(piece: Uint8Array): number {
  let next = piece[6];
  let at = 40;
  while (next !== 44) {
    if (at >= piece.length) throw new Error('Cannot join pieces: one is no fragment');
    next = piece[at];
    at += ((piece[at + 1] ?? 0) + 1) * 8;
  }
  return at;
}

/** Where the header that ends at `end` says what follows it. */
function lastNextHeaderAt(packet: Uint8Array, end: number): number {
  let nameAt = 6;
  for (let at = 40; at < end; at += ((packet[at + 1] ?? 0) + 1) * 8) nameAt = at;
  return nameAt;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
