/** A query on its way to an upstream, and what counts as its reply (RFC 5452 section 9.1). */
import { randomInt } from 'node:crypto';
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
}

/** A query under a fresh random id. `edns` is false for servers that cannot read OPT. */
export function newQuery(question: UpstreamQuestion, { edns }: { edns: boolean }): SentQuery {
  const id = randomInt(0x1_0000);
  const encoded = emitQuestion(question.name, question.type, question.class);
  const { dnssecOk, checkingDisabled } = question;
  return {
    id,
    question: encoded,
    bytes: emitQuery({ id, question: encoded, edns, dnssecOk, checkingDisabled }),
  };
}

/**
 * The reply in `bytes`; `mismatch` unless it is a response with our id and exactly our question; `truncated` when it
 * asks for TCP; `malformed` when it is ours and cannot be trusted.
 */
export function matchReply(
  bytes: Uint8Array,
  sent: SentQuery,
): Message | 'mismatch' | 'truncated' | 'malformed' {
  if (bytes.length < HEADER_BYTES + sent.question.length) return 'mismatch';
  const header = parseHeader(viewOf(bytes));
  const isResponse = (header.flags & Flag.QR) !== 0 && opcodeOf(header.flags) === 0;
  if (!isResponse || header.id !== sent.id || header.questions !== 1) return 'mismatch';
  if (!sent.question.every((byte, index) => byte === bytes[HEADER_BYTES + index])) return 'mismatch';
  // A truncated message may end in the middle of a record: it is not read any further.
  if ((header.flags & Flag.TC) !== 0) return 'truncated';
  return parseMessage(bytes) ?? 'malformed';
}
