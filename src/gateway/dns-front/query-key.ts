/**
 * The key of a cached answer: all bytes of its query except the id, with the letters of the name in lower case. Queries
 * with the same key are the same query to the resolver (it mirrors id and question, RFC 1035 section 4.1.1), so whatever
 * flags, EDNS fields or sizes affect an answer are distinguished without being interpreted here.
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
  /** After `read`: where the bytes behind the question begin. */
  questionEnd = 0;
  readonly #folded = Buffer.alloc(MOST_KEY_BYTES);

  /**
   * The key of the datagram in `bytes[from..end)`. Undefined for all but plain queries: a question whose name is not
   * compressed, and behind it nothing, or an OPT without options (a cookie would make every query another).
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

/** The first byte behind a name without pointers that ends before `end`. */
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

/** A label's length is at most 63 and so never taken for a letter. */
function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

function isBareOpt(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at !== BARE_OPT_BYTES || bytes[at] !== 0) return false;
  const view = viewOf(bytes);
  return view.getUint16(at + 1) === RecordType.OPT && view.getUint16(at + 9) === 0;
}
