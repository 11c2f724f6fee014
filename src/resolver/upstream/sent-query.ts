/** A query sent to an upstream, and what counts as its reply (RFC 5452 section 9.1). */
import { randomBytes, randomInt } from 'node:crypto';
import { type Cookie, cookieOption, findCookie } from '../../wire/dns/cookie.ts';
import { parseEdns } from '../../wire/dns/edns.ts';
import { Flag, HEADER_BYTES, opcodeOf, parseHeader, viewOf } from '../../wire/dns/header.ts';
import { emitQuestion, type Message, parseMessage } from '../../wire/dns/message.ts';
import { emitQuery } from '../../wire/dns/query.ts';

/** A question to resolve, in class `class`; `name` is canonical (see wire/dns/name.ts). */
export interface UpstreamQuestion {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

export interface SentQuery {
  readonly id: number;
  /** The question as sent: name, type, class. */
  readonly question: Uint8Array;
  /** The whole message. */
  readonly bytes: Uint8Array;
  /** Whether its letters are in random case. */
  readonly isRandomCase: boolean;
  /** The cookie in it; if that has a server's part, the reply must have a cookie as well. */
  readonly cookie: Cookie | undefined;
}

export interface QueryStyle {
  /** False for servers that do not understand OPT. */
  readonly edns: boolean;
  /** Pads to a multiple of this many bytes; for encrypted transports. */
  readonly padTo?: number;
  /** Whether letters are in random case, which a spoofer must guess (draft-vixie-dnsext-dns0x20). */
  readonly randomizeCase?: boolean;
  /** Needs EDNS. */
  readonly cookie?: Cookie | undefined;
  /** Default: random. */
  readonly id?: number;
}

const TYPE_AND_CLASS_BYTES = 4;
/** RFC 8467 section 4.1. */
export const QUERY_PADDING_BYTES = 128;

/** A query for the question; throws RangeError if its name cannot be encoded. */
export function newQuery(question: UpstreamQuestion, style: QueryStyle): SentQuery {
  const { edns, padTo, randomizeCase = false, cookie, id = randomInt(0x1_0000) } = style;
  const encoded = emitQuestion(question.name, question.type, question.class);
  if (randomizeCase) flipLetters(encoded);
  const { dnssecOk, checkingDisabled } = question;
  const options = cookie === undefined ? [] : [cookieOption(cookie)];
  return {
    id,
    question: encoded,
    isRandomCase: randomizeCase,
    cookie,
    bytes: emitQuery({ id, question: encoded, edns, options, padTo, dnssecOk, checkingDisabled }),
  };
}

/**
 * The reply in `bytes`; `mismatch` unless it is a response with our id, exactly our question, and our cookie if it has one;
 * `unproven` when only the letters' case differs from ours, or the cookie that this server normally sends is missing;
 * `truncated` when it asks for TCP; `malformed` when it is ours and cannot be used.
 */
export function matchReply(
  bytes: Uint8Array,
  sent: SentQuery,
): Message | 'mismatch' | 'unproven' | 'truncated' | 'malformed' {
  if (bytes.length < HEADER_BYTES + sent.question.length) return 'mismatch';
  const header = parseHeader(viewOf(bytes));
  const isResponse = (header.flags & Flag.QR) !== 0 && opcodeOf(header.flags) === 0;
  if (!isResponse || header.id !== sent.id || header.questions !== 1) return 'mismatch';
  const question = bytes.subarray(HEADER_BYTES, HEADER_BYTES + sent.question.length);
  if (Buffer.compare(question, sent.question) !== 0)
    return isRecased(question, sent) ? 'unproven' : 'mismatch';
  // A truncated message may end in the middle of a record: it is not parsed any further.
  if ((header.flags & Flag.TC) !== 0) return 'truncated';
  const message = parseMessage(bytes);
  return message === undefined ? 'malformed' : checkCookie(message, sent.cookie);
}

/** RFC 7873 section 5.3. */
function checkCookie(message: Message, shown: Cookie | undefined): Message | 'mismatch' | 'unproven' {
  if (shown === undefined) return message;
  const edns = parseEdns(message.records);
  const found = edns === 'malformed' ? edns : findCookie(edns);
  if (found === undefined || found === 'malformed') return shown.server.length > 0 ? 'unproven' : message;
  return Buffer.compare(found.client, shown.client) === 0 ? message : 'mismatch';
}

const CASE_BIT = 0x20;

/** Length bytes are below 64, so none is a letter: all bytes of the question but type and class can be treated alike. */
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
