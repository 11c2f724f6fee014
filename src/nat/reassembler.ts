/**
 * Reassembles fragments before anything else looks at them (rows U15, F1–F4, FL-07): in any order, refusing every overlap
 * (RFC 5722; for IPv4 against RFC 1858's attacks), in bounded memory and time. So ports are only ever read from whole
 * packets, and a flood of fragments does not affect unfragmented traffic.
 */
import type { DropReason } from '../report/drop-reason.ts';
import {
  ECN_CONGESTED,
  ECN_NOT_CAPABLE,
  type Fragment,
  markCongested,
  readFragment,
  writeWholeHeader,
} from '../wire/fragment.ts';

/** Linux's own limits (FL-07), except the number of fragments per packet: enough for the largest one over an MTU of 576. */
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_PACKETS = 1024;
const MOST_PACKETS_OF_ONE_SOURCE = 128;
const MOST_PIECES = 128;
/** About what a fragment takes besides its payload: counted as well, so that small ones do not cost more than they seem to. */
const PIECE_BYTES = 256;
const TIMEOUT_MS = { 4: 30_000, 6: 60_000 };

interface Held {
  readonly source: string;
  readonly deadlineMs: number;
  /** The fragments so far, which never overlap. */
  readonly pieces: { readonly offset: number; readonly bytes: Uint8Array }[];
  /** What precedes the payload; known once the first fragment is there. */
  header: Uint8Array | undefined;
  nextHeaderOffset: number;
  protocol: number;
  /** Bytes of the whole payload; known once the last fragment is there. */
  total: number | undefined;
  byteCount: number;
  /** Bytes of the largest fragment, headers included. */
  largest: number;
  /** One bit for each ECN codepoint that a fragment had. */
  ecns: number;
  /** An overlap was seen: further fragments of this packet are dropped silently until its deadline. */
  isRefused: boolean;
}

export class Reassembler {
  /** In order of arrival, which within a family is the order of their deadlines. */
  readonly #held = new Map<string, Held>();
  readonly #bySource = new Map<string, number>();
  #byteCount = 0;
  #largestPiece = 0;

  /** Packets that lack fragments. */
  get size(): number {
    return this.#held.size;
  }

  /** What all fragments take of the memory that there is. */
  get byteCount(): number {
    return this.#byteCount;
  }

  /** Bytes of the largest fragment of the packet that `add` has put together last. */
  get largestPiece(): number {
    return this.#largestPiece;
  }

  /**
   * Takes the fragment at `at`. When it was the last one missing, writes the whole packet over it, for which 65,535 bytes
   * must be there, and returns its length; returns 0 while fragments are missing, or why the fragment is refused.
   */
  add(view: DataView, at: number, nowMs: number): number | DropReason {
    const fragment = readFragment(view, at);
    if (typeof fragment === 'string') return fragment;
    this.#largestPiece = fragment.end - at;
    if (isAtomic(fragment)) return writeAtomic(view, at, fragment);
    const key = keyOf(view, at, fragment);
    const held = this.#held.get(key) ?? this.#begin(key, view, at, fragment, nowMs);
    if (typeof held === 'string') return held;
    const refused = this.#keep(held, view, at, fragment);
    if (refused !== undefined) return refused;
    if (!isWhole(held)) return 0;
    this.#forget(key, held);
    this.#largestPiece = held.largest;
    return writeWhole(held, view, at);
  }

  /** Drops packets whose fragments did not arrive in time; returns how many. */
  advance(nowMs: number): number {
    const late = [...this.#held].filter(([, { deadlineMs }]) => deadlineMs <= nowMs);
    for (const [key, held] of late) this.#forget(key, held);
    return late.length;
  }

  #begin(key: string, view: DataView, at: number, { family }: Fragment, nowMs: number): Held | DropReason {
    const source = sourceOf(view, at, family);
    const ofSource = this.#bySource.get(source) ?? 0;
    if (this.#held.size >= MOST_PACKETS || ofSource >= MOST_PACKETS_OF_ONE_SOURCE) return 'fragment-limit';
    const held: Held = {
      source,
      deadlineMs: nowMs + TIMEOUT_MS[family],
      pieces: [],
      header: undefined,
      nextHeaderOffset: 0,
      protocol: 0,
      total: undefined,
      byteCount: 0,
      largest: 0,
      ecns: 0,
      isRefused: false,
    };
    this.#held.set(key, held);
    this.#bySource.set(source, ofSource + 1);
    return held;
  }

  #keep(held: Held, view: DataView, at: number, fragment: Fragment): DropReason | undefined {
    if (held.isRefused) return 'fragment-overlap';
    const { offset, more, payloadAt, end } = fragment;
    const bytes = end - payloadAt;
    if (held.pieces.some((piece) => piece.offset === offset && piece.bytes.length === bytes))
      return undefined;
    const cost = bytes + PIECE_BYTES;
    const isTooMuch = held.pieces.length === MOST_PIECES || this.#byteCount + cost > MOST_BYTES;
    if (isTooMuch) return 'fragment-limit';
    if (contradicts(held, offset, bytes, more)) {
      this.#refuse(held);
      return 'fragment-overlap';
    }
    held.pieces.push({ offset, bytes: copyOf(view, payloadAt, bytes) });
    held.byteCount += bytes;
    held.largest = Math.max(held.largest, end - at);
    held.ecns |= 1 << fragment.ecn;
    this.#byteCount += cost;
    if (!more) held.total = offset + bytes;
    if (offset === 0) {
      held.header = copyOf(view, at, fragment.headerEnd - at);
      held.nextHeaderOffset = fragment.nextHeaderAt - at;
      held.protocol = fragment.protocol;
    }
    return undefined;
  }

  #refuse(held: Held): void {
    this.#byteCount -= costOf(held);
    held.byteCount = 0;
    held.pieces.length = 0;
    held.isRefused = true;
  }

  #forget(key: string, held: Held): void {
    this.#held.delete(key);
    this.#byteCount -= costOf(held);
    const left = (this.#bySource.get(held.source) ?? 1) - 1;
    if (left === 0) this.#bySource.delete(held.source);
    else this.#bySource.set(held.source, left);
  }
}

/** What the fragments take of the memory that there is. */
function costOf({ byteCount, pieces }: Held): number {
  return byteCount + pieces.length * PIECE_BYTES;
}

/** An IPv6 atomic fragment: a whole packet, whatever other fragments have its identification (RFC 6946, row F3). */
function isAtomic({ offset, more }: Fragment): boolean {
  return offset === 0 && !more;
}

function writeAtomic(view: DataView, at: number, fragment: Fragment): number {
  const { headerEnd, payloadAt, end, protocol, nextHeaderAt } = fragment;
  const bytes = new Uint8Array(view.buffer, view.byteOffset);
  bytes.copyWithin(headerEnd, payloadAt, end);
  const length = headerEnd - at + end - payloadAt;
  writeWholeHeader(view, at, length, protocol, nextHeaderAt);
  return length;
}

/** Whether the fragment overlaps another one, or disagrees about where the packet ends. */
function contradicts(held: Held, offset: number, bytes: number, more: boolean): boolean {
  const end = offset + bytes;
  if (held.total !== undefined && (end > held.total || !more)) return true;
  if (!more && held.pieces.some((piece) => piece.offset + piece.bytes.length > end)) return true;
  return held.pieces.some((piece) => offset < piece.offset + piece.bytes.length && piece.offset < end);
}

/** Fragments never overlap, so the packet is whole when their lengths add up. */
function isWhole({ header, total, byteCount }: Held): boolean {
  return header !== undefined && total === byteCount;
}

function writeWhole(held: Held, view: DataView, at: number): number | DropReason {
  const { header = new Uint8Array(0), pieces, byteCount, nextHeaderOffset, protocol } = held;
  const length = header.length + byteCount;
  if (length > 65_535 || contradictsCongestion(held)) return 'fragment-malformed';
  const target = new Uint8Array(view.buffer, view.byteOffset + at, length);
  target.set(header);
  for (const { offset, bytes } of pieces) target.set(bytes, header.length + offset);
  if ((held.ecns & (1 << ECN_CONGESTED)) !== 0) markCongested(view, at);
  writeWholeHeader(view, at, length, protocol, at + nextHeaderOffset);
  return length;
}

/** If any fragment was CE the whole packet is CE; CE combined with Not-ECT is refused (RFC 3168 section 5.3). */
function contradictsCongestion({ ecns }: Held): boolean {
  const both = (1 << ECN_CONGESTED) | (1 << ECN_NOT_CAPABLE);
  return (ecns & both) === both;
}

/** What fragments of one packet have in common (RFC 791 section 3.2, RFC 8200 section 4.5). */
function keyOf(view: DataView, at: number, { family, identification, protocol }: Fragment): string {
  const addresses = family === 4 ? copyOf(view, at + 12, 8) : copyOf(view, at + 8, 32);
  // IPv6 fragments are matched without the next header: only the first fragment's counts.
  return `${String.fromCharCode(...addresses)}/${identification}/${family === 4 ? protocol : ''}`;
}

function sourceOf(view: DataView, at: number, family: 4 | 6): string {
  return String.fromCharCode(...(family === 4 ? copyOf(view, at + 12, 4) : copyOf(view, at + 8, 16)));
}

function copyOf(view: DataView, at: number, bytes: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, bytes).slice();
}
