/**
 * Answers a query from bytes to bytes, independent of the transport: parses it, has it answered, writes the reply, and
 * determines whether that may be reused.
 */
import { type Answer, answerRcode } from '../answer/answer.ts';
import { answerRequest, type RequestContext } from '../answer/answer-request.ts';
import type { AnsweredQuery } from '../resolver-options.ts';
import { readRequest } from './read-request.ts';
import { type ReplyContext, type ReplyPath, writeReply } from './write-reply.ts';

export interface AnswerContext extends ReplyContext, RequestContext {
  /** Called with every answer to a valid query. */
  readonly onAnswer: (query: AnsweredQuery) => void;
  /** Whether replies may be reused without calling this function, and thus without `onAnswer`. */
  readonly allowsReuse: boolean;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export interface ReceivedQuery extends ReplyPath {
  readonly bytes: Uint8Array;
}

export interface Reply {
  readonly bytes: Uint8Array;
  readonly reuse: Reuse | undefined;
}

/**
 * Permission to send the reply to any client with the same query (apart from id and letter case), with a TTL that does not
 * extend beyond `untilMs` (monotonic milliseconds), until policy, catalogue or geolocation change.
 */
export interface Reuse {
  /** The lease to mark as used each time; undefined if the reply announces none. */
  readonly lease: number | undefined;
  readonly untilMs: number;
}

/** Undefined if no reply may be sent. Rejects only on a defect. */
export async function answerQuery(query: ReceivedQuery, context: AnswerContext): Promise<Reply | undefined> {
  const reading = readRequest(query.bytes);
  switch (reading.kind) {
    case 'ignore':
      context.counters.ignored++;
      return undefined;
    case 'rcode':
      return {
        bytes: writeReply(reading.to, answerRcode(reading.rcode), query, context),
        reuse: undefined,
      };
    case 'request': {
      const { request } = reading;
      const startedMs = context.now();
      const answer = await answerRequest(request, query.client, context);
      const { name, type } = request.question;
      const error = answer.errors.map(({ text }) => text).join('; ') || undefined;
      const { rcode } = answer.body;
      const { client, transport } = query;
      context.onAnswer({ name, type, client, transport, rcode, tookMs: context.now() - startedMs, error });
      const keepalive = request.keepalive && query.transport === 'tcp';
      return {
        bytes: writeReply(request.to, answer, query, context, keepalive),
        reuse: allowReuse(answer, context),
      };
    }
  }
}

function allowReuse({ reuse }: Answer, { allowsReuse, rules, now }: AnswerContext): Reuse | undefined {
  if (reuse === undefined || !allowsReuse || !rules.areUniform()) return undefined;
  return { lease: reuse.lease, untilMs: now() + reuse.forMs };
}
