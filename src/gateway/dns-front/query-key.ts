/**
 * The cache key of a query: all of its bytes except the id, with the letters of the name in lower case. Queries with the same key
 * get the same answer, apart from id and question, which a reply copies (RFC 1035 section 4.1.1). So flags, EDNS fields and sizes
 * that affect an answer are distinguished without being interpreted here.
 */

import { RecordType } from '../../wire/dns/codes.ts';
import { HEADER_BYTES, viewOf } from '../../wire/dns/header.ts';

const ID_BYTES = 2;
const MOST_LABEL_BYTES = 63;
const MOST_NAME_BYTES = 255;
const QUESTION_FIXED_BYTES = 4;
/** OPT without options: root name, type, class, TTL, length (RFC 6891 section 6.1.2). */
const BARE_OPT_BYTES = 11;
const MOST_KEY_BYTES = HEADER_BYTES + MOST_NAME_BYTES + QUESTION_FIXED_BYTES + BARE_OPT_BYTES;

export class QueryKey {
  /** Set by `read`: the offset of the first byte after the question. */
  questionEnd = 0;
  readonly #folded = Buffer.alloc(MOST_KEY_BYTES);

  /**
   * The key of the datagram in `bytes[from..end)`. Undefined unless it is a plain query: a question whose name is not compressed,
   * followed by nothing or by an OPT without options (with a cookie, no two queries would have the same key).
   */
  read(bytes: Uint8Array, from: number, end: number): string | undefined {
    const nameEnd = findNameEnd(bytes, from + HEADER_BYTES, end);
    if (nameEnd === undefined) return undefined;
    this.questionEnd = nameEnd + QUESTION_FIXED_BYTES;
    if (this.questionEnd !== end && !isBareOpt(bytes, this.questionEnd, end)) return undefined;
    const folded = this.#folded;
    const nameAt = from + HEADER_BYTES;
    let length = 0;
    for (let at = from + ID_BYTES; at < end; at++) {
      const byte = bytes[at] ?? 0;
      folded[length++] = at >= nameAt && at < nameEnd ? lowerCase(byte) : byte;
    }
    return folded.toString('latin1', 0, length);
  }
}

/** The offset after an uncompressed name; undefined if it is compressed or does not end before `end`. */
function findNameEnd(bytes: Uint8Array, from: number, end: number): number | undefined {
  const most = Math.min(end, from + MOST_NAME_BYTES);
  for (let at = from; at < most; ) {
    const size = bytes[at] ?? 0;
    if (size === 0) return at + 1;
    if (size > MOST_LABEL_BYTES) return undefined;
    at += size + 1;
  }
  return undefined;
}

/** Safe for length bytes, too: they are at most 63 and thus never letters. */
function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

function isBareOpt(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at !== BARE_OPT_BYTES || bytes[at] !== 0) return false;
  const view = viewOf(bytes);
  return view.getUint16(at + 1) === RecordType.OPT && view.getUint16(at + 9) === 0;
}
