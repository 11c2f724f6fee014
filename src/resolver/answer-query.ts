/**
 * The life of a query, step by step: read it, answer it locally if it is not for the world, look it up, compose the
 * answer, write the message. The services hand in bytes and get bytes back.
 */
import type { Address } from '../wire/address.ts';
import { Rcode } from '../wire/dns/codes.ts';
import { type EdnsOption, extendedErrorOption, keepaliveOption } from '../wire/dns/edns.ts';
import { emitReply, type ReplyTo, udpLimit } from '../wire/dns/reply.ts';
import { type Answer, answerRcode } from './answer.ts';
import { answerLocally, type LocalKnowledge } from './answer-locally.ts';
import { composeAnswer } from './compose-answer.ts';
import type { Lookup } from './lookup.ts';
import { type Request, readRequest } from './read-request.ts';
import type { ResolverCounters } from './resolver-counters.ts';
import type { Synthesis } from './resolver-options.ts';

export interface AnswerContext {
  readonly lookup: Pick<Lookup, 'find'>;
  readonly local: LocalKnowledge;
  readonly synthesis: Synthesis;
  readonly counters: ResolverCounters;
  /** What a TCP client that asks is told about idle connections. */
  readonly tcpIdleMs: number;
}

export interface ReceivedQuery {
  readonly bytes: Uint8Array;
  readonly client: Address;
  readonly transport: 'udp' | 'tcp';
}

const TCP_LIMIT = 0xffff;

/** The reply, or undefined when none must be sent. Rejects only on a defect of our own. */
export async function answerQuery(
  query: ReceivedQuery,
  context: AnswerContext,
): Promise<Uint8Array | undefined> {
  const reading = readRequest(query.bytes);
  switch (reading.kind) {
    case 'ignore':
      context.counters.ignored++;
      return undefined;
    case 'refuse':
      return writeReply(reading.to, answerRcode(reading.rcode), query, context);
    case 'request': {
      const { request } = reading;
      const answer = await answerRequest(request, query.client, context);
      const keepalive = request.keepalive && query.transport === 'tcp';
      return writeReply(request.to, answer, query, context, keepalive);
    }
  }
}

async function answerRequest(request: Request, client: Address, context: AnswerContext): Promise<Answer> {
  const { question, dnssecOk, checkingDisabled } = request;
  const local = answerLocally(question, client, context.local);
  if (local !== undefined) {
    context.counters.answeredLocally++;
    return local;
  }
  const { name, type, class: recordClass } = question;
  const found = await context.lookup.find({ name, type, class: recordClass, dnssecOk, checkingDisabled });
  const { synthesis, counters } = context;
  return composeAnswer(question, found, { client, synthesis, counters });
}

function writeReply(
  to: ReplyTo,
  { body, errors }: Answer,
  { transport }: ReceivedQuery,
  { counters, tcpIdleMs }: AnswerContext,
  keepalive = false,
): Uint8Array {
  const options: EdnsOption[] = errors.map(extendedErrorOption);
  if (keepalive) options.push(keepaliveOption(tcpIdleMs));
  const limit = transport === 'tcp' ? TCP_LIMIT : udpLimit(to.edns);
  // Without EDNS an extended rcode cannot be said.
  const rcode = to.edns === undefined && body.rcode > 0xf ? Rcode.SERVFAIL : body.rcode;
  const { bytes, truncated } = emitReply(to, { ...body, rcode }, { limit, options });
  counters.byRcode[rcode] = (counters.byRcode[rcode] ?? 0) + 1;
  if (truncated) counters.truncated++;
  return bytes;
}
