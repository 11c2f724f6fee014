/**
 * First step: parses the message, and settles everything that is not a valid query. Responses are never answered (RFC 1035
 * section 4.1.1), or two servers could answer each other for ever; everything else gets some answer (RFC 8906).
 */
import { Opcode, OptionCode, Rcode, RecordType } from '../../wire/dns/codes.ts';
import { findCookie } from '../../wire/dns/cookie.ts';
import { type Edns, parseEdns } from '../../wire/dns/edns.ts';
import { Flag, HEADER_BYTES, type Header, opcodeOf, parseHeader, viewOf } from '../../wire/dns/header.ts';
import { parseMessage, parseQuestion, parseQuestionless, type Question } from '../../wire/dns/message.ts';
import type { ReplyTo } from '../../wire/dns/reply.ts';
import type { ResolveRequest } from '../answer/answer-request.ts';

export interface ReceivedRequest extends ResolveRequest {
  readonly to: ReplyTo;
  /** Whether the query has the TCP keepalive option, so that the reply must state the idle timeout (RFC 7828). */
  readonly keepalive: boolean;
}

export type RequestOutcome =
  | { readonly kind: 'ignore' }
  /** To be answered with just this rcode. */
  | { readonly kind: 'rcode'; readonly to: ReplyTo; readonly rcode: number }
  | { readonly kind: 'request'; readonly request: ReceivedRequest };

const IGNORE: RequestOutcome = { kind: 'ignore' };

/** Parses a message from a client. Never throws. */
export function readRequest(bytes: Uint8Array): RequestOutcome {
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

/** The only valid query without a question is one for a cookie (RFC 7873 section 5.4). */
function readQuestionless(to: ReplyTo, bytes: Uint8Array): RequestOutcome {
  const edns = parseEdns(parseQuestionless(bytes) ?? []);
  const cookie = edns === 'malformed' ? edns : findCookie(edns);
  if (edns === 'malformed' || cookie === undefined || cookie === 'malformed')
    return { kind: 'rcode', to, rcode: Rcode.FORMERR };
  return { kind: 'rcode', to: { ...to, edns }, rcode: edns?.version === 0 ? Rcode.NOERROR : Rcode.BADVERS };
}

/** The question to repeat in the reply to a malformed query; empty if it cannot be parsed. */
function readableQuestion(header: Header, bytes: Uint8Array): Uint8Array {
  const question = header.questions === 1 ? parseQuestion(bytes) : undefined;
  return question?.bytes ?? new Uint8Array(0);
}

function readQuestion(to: ReplyTo, question: Question, edns: Edns | undefined): RequestOutcome {
  if (edns !== undefined && edns.version > 0) return { kind: 'rcode', to, rcode: Rcode.BADVERS };
  // RFC 7873 section 5.2.2.
  if (findCookie(edns) === 'malformed') return { kind: 'rcode', to, rcode: Rcode.FORMERR };
  if (question.type === RecordType.OPT) return { kind: 'rcode', to, rcode: Rcode.FORMERR };
  // Only authoritative servers offer zone transfers (RFC 5936 section 2.2.1, RFC 1995).
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
