/**
 * Handles a query from bytes to bytes: reads it, has it answered, writes the reply, and says whether that may be reused.
 * The transports pass in bytes and get bytes back.
 */
import { type Answer, answerRcode } from '../answer/answer.ts';
import { answerRequest, type RequestContext } from '../answer/answer-request.ts';
import type { AnsweredQuery } from '../resolver-options.ts';
import { readRequest } from './read-request.ts';
import { type ReplyContext, type ReplyPath, writeReply } from './write-reply.ts';

export interface AnswerContext extends ReplyContext, RequestContext {
  /** Called with every answer to a question that was understood. */
  readonly onAnswer: (query: AnsweredQuery) => void;
  /** Whether replies may be reused without asking here, and so without `onAnswer`. */
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
 * The reply may be given to any client that sends the same query (id and letter case aside), with a TTL that ends no later
 * than `untilMs`, monotonic milliseconds; until policy, catalog or geolocation change.
 */
export interface Reuse {
  /** The lease to mark as used each time; undefined when the reply announces none. */
  readonly lease: number | undefined;
  readonly untilMs: number;
}

/** The reply, or undefined when none may be sent. Rejects only on a defect. */
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
