/** Queries to upstreams, and the check that a message is the reply to one (RFC 5452 section 9.1). */
import { randomBytes, randomInt } from 'node:crypto';
import { type Cookie, cookieOption, findCookie } from '../../wire/dns/cookie.ts';
import { parseEdns } from '../../wire/dns/edns.ts';
import { Flag, HEADER_BYTES, opcodeOf, parseHeader, viewOf } from '../../wire/dns/header.ts';
import { emitQuestion, type Message, parseMessage } from '../../wire/dns/message.ts';
import { emitQuery } from '../../wire/dns/query.ts';

/** A question to resolve; `name` is in canonical form (see wire/dns/name.ts). */
export interface UpstreamQuestion {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

export interface SentQuery {
  readonly id: number;
  /** The encoded question: name, type, class. */
  readonly question: Uint8Array;
  /** The whole message. */
  readonly bytes: Uint8Array;
  /** Whether the name was sent in random letter case. */
  readonly isRandomCase: boolean;
  /** The cookie that was sent; if it has a server part, the reply must have a cookie, too. */
  readonly cookie: Cookie | undefined;
}

export interface QueryStyle {
  /** False for servers that do not understand OPT. */
  readonly edns: boolean;
  /** Pads to a multiple of this many bytes; for encrypted transports. */
  readonly padTo?: number;
  /** Whether to send the name in random letter case, which a spoofer must guess (draft-vixie-dnsext-dns0x20). */
  readonly randomizeCase?: boolean;
  /** Requires `edns`. */
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
 * Parses the reply in `bytes`. Returns `mismatch` unless it is a response with our id, exactly our question, and our cookie if
 * it has one; `unproven` if only the letter case of the name differs, or if the cookie that this server normally sends is
 * missing; `truncated` if it must be fetched over TCP; `malformed` if it matches but cannot be parsed.
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

/** Length bytes are below 64 and thus not letters, so all bytes of the name can be treated alike. */
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
