/** A query on its way to an upstream, and what counts as its reply (RFC 5452 section 9.1). */
import { randomBytes, randomInt } from 'node:crypto';
import { Flag, HEADER_BYTES, opcodeOf, parseHeader, viewOf } from '../../wire/dns/header.ts';
import { emitQuestion, type Message, parseMessage } from '../../wire/dns/message.ts';
import { emitQuery } from '../../wire/dns/query.ts';

export interface UpstreamQuestion {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

export interface SentQuery {
  readonly id: number;
  readonly question: Uint8Array;
  readonly bytes: Uint8Array;
  /** Whether its letters stand in random case. */
  readonly isRandomCase: boolean;
}

export interface QueryStyle {
  /** False for servers that cannot read OPT. */
  readonly edns: boolean;
  /** Pads to a multiple of so many bytes, for queries that nobody on the way can read. */
  readonly padTo?: number;
  /** Whether letters stand in random case, for a liar to guess (draft-vixie-dnsext-dns0x20). */
  readonly randomizeCase?: boolean;
  /** Default: random. */
  readonly id?: number;
}

const TYPE_AND_CLASS_BYTES = 4;
/** RFC 8467 section 4.1. */
export const QUERY_PADDING_BYTES = 128;

export function newQuery(question: UpstreamQuestion, style: QueryStyle): SentQuery {
  const { edns, padTo, randomizeCase = false, id = randomInt(0x1_0000) } = style;
  const encoded = emitQuestion(question.name, question.type, question.class);
  if (randomizeCase) flipLetters(encoded);
  const { dnssecOk, checkingDisabled } = question;
  return {
    id,
    question: encoded,
    isRandomCase: randomizeCase,
    bytes: emitQuery({ id, question: encoded, edns, padTo, dnssecOk, checkingDisabled }),
  };
}

/**
 * The reply in `bytes`; `mismatch` unless it is a response with our id and exactly our question; `recased` when only the
 * random case of letters is not ours; `truncated` when it asks for TCP; `malformed` when it is ours and cannot be trusted.
 */
export function matchReply(
  bytes: Uint8Array,
  sent: SentQuery,
): Message | 'mismatch' | 'recased' | 'truncated' | 'malformed' {
  if (bytes.length < HEADER_BYTES + sent.question.length) return 'mismatch';
  const header = parseHeader(viewOf(bytes));
  const isResponse = (header.flags & Flag.QR) !== 0 && opcodeOf(header.flags) === 0;
  if (!isResponse || header.id !== sent.id || header.questions !== 1) return 'mismatch';
  const question = bytes.subarray(HEADER_BYTES, HEADER_BYTES + sent.question.length);
  if (Buffer.compare(question, sent.question) !== 0)
    return isRecased(question, sent) ? 'recased' : 'mismatch';
  // A truncated message may end in the middle of a record: it is not read any further.
  if ((header.flags & Flag.TC) !== 0) return 'truncated';
  return parseMessage(bytes) ?? 'malformed';
}

const CASE_BIT = 0x20;

/** Length bytes are below 64 and no letters, so the whole question can be walked over but for type and class. */
function flipLetters(question: Uint8Array): void {
  const coins = randomBytes(question.length);
  for (let at = 0; at < question.length - TYPE_AND_CLASS_BYTES; at++) {
    const byte = question[at] ?? 0;
    if (isLetter(byte)) question[at] = (byte & ~CASE_BIT) | ((coins[at] ?? 0) & CASE_BIT);
  }
}

function isRecased(question: Uint8Array, sent: SentQuery): boolean {
  if (!sent.isRandomCase) return false;
  return Buffer.compare(question.map(foldCase), sent.question.map(foldCase)) === 0;
}

function foldCase(byte: number): number {
  return isLetter(byte) ? byte | CASE_BIT : byte;
}

function isLetter(byte: number): boolean {
  const lower = byte | CASE_BIT;
  return lower >= 0x61 && lower <= 0x7a;
}
