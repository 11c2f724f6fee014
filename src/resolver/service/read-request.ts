/**
 * First step: parses the message, and decides at once what is not a query for the later steps. Responses are never
 * answered (RFC 1035 section 4.1.1: two servers would talk for ever); everything else gets some answer (RFC 8906).
 */
import { Opcode, OptionCode, Rcode, RecordType } from '../../wire/dns/codes.ts';
import { findCookie } from '../../wire/dns/cookie.ts';
import { type Edns, parseEdns } from '../../wire/dns/edns.ts';
import { Flag, HEADER_BYTES, type Header, opcodeOf, parseHeader, viewOf } from '../../wire/dns/header.ts';
import { parseMessage, parseQuestion, parseQuestionless, type Question } from '../../wire/dns/message.ts';
import type { ReplyTo } from '../../wire/dns/reply.ts';
import type { Request } from '../answer/answer-request.ts';

export interface ReceivedRequest extends Request {
  readonly to: ReplyTo;
  /** It has the TCP keepalive option: the reply says how long the connection may be idle (RFC 7828). */
  readonly keepalive: boolean;
}

export type Reading =
  | { readonly kind: 'ignore' }
  /** To be answered with the rcode and nothing else. */
  | { readonly kind: 'rcode'; readonly to: ReplyTo; readonly rcode: number }
  | { readonly kind: 'request'; readonly request: ReceivedRequest };

const IGNORE: Reading = { kind: 'ignore' };

/** What to do about a message from a client; never throws, whatever the bytes. */
export function readRequest(bytes: Uint8Array): Reading {
  if (bytes.length < HEADER_BYTES) return IGNORE;
  const header = parseHeader(viewOf(bytes));
  if ((header.flags & Flag.QR) !== 0) return IGNORE;
  const message = parseMessage(bytes);
  const edns = message === undefined ? undefined : parseEdns(message.records);
  const to: ReplyTo = {
    id: header.id,
    flags: header.flags,
    question: message?.question.bytes ?? readableQuestion(header, bytes),
    edns: edns === 'malformed' ? undefined : edns,
  };
  if (opcodeOf(header.flags) !== Opcode.QUERY) return { kind: 'rcode', to, rcode: Rcode.NOTIMP };
  if (header.questions === 0) return readQuestionless(to, bytes);
  if (message === undefined || edns === 'malformed') return { kind: 'rcode', to, rcode: Rcode.FORMERR };
  return readQuestion(to, message.question, edns);
}

/** A query without a question may only ask for a cookie (RFC 7873 section 5.4). */
function readQuestionless(to: ReplyTo, bytes: Uint8Array): Reading {
  const edns = parseEdns(parseQuestionless(bytes) ?? []);
  const cookie = edns === 'malformed' ? edns : findCookie(edns);
  if (edns === 'malformed' || cookie === undefined || cookie === 'malformed')
    return { kind: 'rcode', to, rcode: Rcode.FORMERR };
  return { kind: 'rcode', to: { ...to, edns }, rcode: edns?.version === 0 ? Rcode.NOERROR : Rcode.BADVERS };
}

/** The question to return with a malformed query, if that much of it could be read. */
function readableQuestion(header: Header, bytes: Uint8Array): Uint8Array {
  const question = header.questions === 1 ? parseQuestion(bytes) : undefined;
  return question?.bytes ?? new Uint8Array(0);
}

function readQuestion(to: ReplyTo, question: Question, edns: Edns | undefined): Reading {
  if (edns !== undefined && edns.version > 0) return { kind: 'rcode', to, rcode: Rcode.BADVERS };
  // RFC 7873 section 5.2.2.
  if (findCookie(edns) === 'malformed') return { kind: 'rcode', to, rcode: Rcode.FORMERR };
  if (question.type === RecordType.OPT) return { kind: 'rcode', to, rcode: Rcode.FORMERR };
  // Zone transfers are for servers of the zone (RFC 5936 section 2.2.1, RFC 1995).
  if (question.type === RecordType.AXFR || question.type === RecordType.IXFR) {
    return { kind: 'rcode', to, rcode: Rcode.REFUSED };
  }
  return {
    kind: 'request',
    request: {
      to,
      question,
      dnssecOk: edns?.dnssecOk ?? false,
      checkingDisabled: (to.flags & Flag.CD) !== 0,
      keepalive: edns?.options.some(({ code }) => code === OptionCode.TCP_KEEPALIVE) ?? false,
    },
  };
}
