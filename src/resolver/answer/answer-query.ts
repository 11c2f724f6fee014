/**
 * The life of a query, step by step: read it, answer it locally if it is not for the world, look it up, compose the
 * answer, write the message. The services hand in bytes and get bytes back.
 */
import type { Address } from '../../wire/address.ts';
import { Rcode, RecordClass } from '../../wire/dns/codes.ts';
import type { Lookup } from '../lookup/lookup.ts';
import type { AnsweredQuery, Synthesis } from '../resolver-options.ts';
import { type Request, readRequest } from '../service/read-request.ts';
import { type ReplyContext, type ReplyPath, writeReply } from '../service/write-reply.ts';
import { type Answer, answerRcode } from './answer.ts';
import { answerLocally, type LocalKnowledge } from './answer-locally.ts';
import { answerRuling, familyOfType, leadsToAddresses } from './answer-ruling.ts';
import { composeAnswer } from './compose-answer.ts';
import type { QuestionRules, Ruling } from './question-rules.ts';

export interface AnswerContext extends ReplyContext {
  readonly lookup: Pick<Lookup, 'find'>;
  readonly local: LocalKnowledge;
  readonly synthesis: Synthesis;
  readonly rules: QuestionRules;
  /** Told of every answer to a question that was understood. */
  readonly onAnswer: (query: AnsweredQuery) => void;
  /** Whether answers may be given again without asking here, and so without `onAnswer`. */
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
 * The reply may be given to any client that sends the same query (id and letter case aside), with a TTL that does not lead
 * beyond `untilMs`, monotonic milliseconds; until policy, catalog or geolocation change.
 */
export interface Reuse {
  /** To be marked as used each time; undefined when it announces none. */
  readonly lease: number | undefined;
  readonly untilMs: number;
}

/** The reply, or undefined when none must be sent. Rejects only on a defect of our own. */
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

async function answerRequest(request: Request, client: Address, context: AnswerContext): Promise<Answer> {
  const { question } = request;
  const asked = { name: question.name, type: question.type, client };
  const isRuled = question.class === RecordClass.IN;
  const before = isRuled ? context.rules.judgeQuestion(asked) : undefined;
  const ruled = before === undefined ? undefined : applyRuling(request, before, client, context);
  if (ruled !== undefined) return ruled;
  const local = answerLocally(question, client, context.local);
  if (local !== undefined) {
    context.counters.answeredLocally++;
    return local;
  }
  const found = await findName(request, question.name, client, context);
  const after =
    found.resolution.kind === 'addresses' ? context.rules.judgeAnswer(asked, found.resolution) : undefined;
  const ruledAfter = after === undefined ? undefined : applyRuling(request, after, client, context);
  return ruledAfter ?? composeAnswer(question, found, { ...context, client });
}

/** Undefined when the ruling has nothing to say of this type. */
function applyRuling(
  request: Request,
  ruling: Ruling,
  client: Address,
  context: AnswerContext,
): Answer | Promise<Answer> | undefined {
  const { question } = request;
  if (ruling.kind === 'block') {
    context.counters.blocked++;
    return answerRuling(question, ruling);
  }
  if (!leadsToAddresses(question.type)) return undefined;
  context.counters.overridden++;
  if (ruling.kind === 'addresses') return answerRuling(question, ruling);
  return answerOtherHost(request, ruling.hostname, client, context);
}

/** The other name's addresses at the asked name; its lease, and with it its egress, is that of the other name. */
async function answerOtherHost(
  request: Request,
  hostname: string,
  client: Address,
  context: AnswerContext,
): Promise<Answer> {
  const { question } = request;
  if (familyOfType(question.type) === undefined) return answerRcode(Rcode.NOERROR);
  const found = await findName({ ...request, dnssecOk: false }, hostname, client, context);
  const { kind } = found.resolution;
  if (kind !== 'addresses' && kind !== 'failure') return answerRcode(Rcode.NOERROR);
  const { body, errors } = composeAnswer({ ...question, name: hostname }, found, { ...context, client });
  return { body, errors };
}

function allowReuse({ reuse }: Answer, { allowsReuse, rules, now }: AnswerContext): Reuse | undefined {
  if (reuse === undefined || !allowsReuse || !rules.areUniform()) return undefined;
  return { lease: reuse.lease, untilMs: now() + reuse.forMs };
}

function findName(
  { question, dnssecOk, checkingDisabled }: Request,
  name: string,
  client: Address,
  { lookup, synthesis }: AnswerContext,
) {
  const { type, class: recordClass } = question;
  // Whoever asks for ever new names costs the upstreams little once it has had its share of addresses (FL-11).
  const mayLease = () => {
    const needsLease = recordClass === RecordClass.IN && familyOfType(type) !== undefined;
    return !needsLease || synthesis.maySynthesize?.(name, client) !== false;
  };
  return lookup.find({ name, type, class: recordClass, dnssecOk, checkingDisabled }, client, mayLease);
}
