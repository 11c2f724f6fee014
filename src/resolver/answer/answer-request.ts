/**
 * Answers a valid query, step by step: rules about the question, local answers, the look-up, rules about the addresses found,
 * and the composition of the answer.
 */
import type { Address } from '../../wire/address.ts';
import { Rcode, RecordClass } from '../../wire/dns/codes.ts';
import type { Question } from '../../wire/dns/message.ts';
import type { Lookup } from '../lookup/lookup.ts';
import type { ResolverCounters } from '../resolver-counters.ts';
import type { Synthesis } from '../resolver-options.ts';
import { type Answer, answerRcode } from './answer.ts';
import { answerLocally, type LocalAnswerContext } from './answer-locally.ts';
import { answerRuling, familyOfType, leadsToAddresses } from './answer-ruling.ts';
import { composeAnswer } from './compose-answer.ts';
import type { QuestionRules, Ruling } from './question-rules.ts';

/** A valid query. */
export interface ResolveRequest {
  readonly question: Question;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

export interface RequestContext {
  readonly counters: ResolverCounters;
  readonly lookup: Pick<Lookup, 'find'>;
  readonly local: LocalAnswerContext;
  readonly synthesis: Synthesis;
  readonly rules: QuestionRules;
}

/** Rejects only on a defect. */
export async function answerRequest(
  request: ResolveRequest,
  client: Address,
  context: RequestContext,
): Promise<Answer> {
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

/** Undefined if the ruling does not apply to the type of the question. */
function applyRuling(
  request: ResolveRequest,
  ruling: Ruling,
  client: Address,
  context: RequestContext,
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

/** Answers with the other name's address; the lease, and thus the egress address, is that of the other name. */
async function answerOtherHost(
  request: ResolveRequest,
  hostname: string,
  client: Address,
  context: RequestContext,
): Promise<Answer> {
  const { question } = request;
  if (familyOfType(question.type) === undefined) return answerRcode(Rcode.NOERROR);
  const found = await findName({ ...request, dnssecOk: false }, hostname, client, context);
  const { kind } = found.resolution;
  if (kind !== 'addresses' && kind !== 'failure') return answerRcode(Rcode.NOERROR);
  const { body, errors } = composeAnswer({ ...question, name: hostname }, found, { ...context, client });
  return { body, errors };
}

function findName(
  { question, dnssecOk, checkingDisabled }: ResolveRequest,
  name: string,
  client: Address,
  { lookup, synthesis }: RequestContext,
) {
  const { type, class: recordClass } = question;
  // Limits what a client costs the upstreams that asks for ever new names after its lease quota is used up (FL-11).
  const mayLease = () => {
    const needsLease = recordClass === RecordClass.IN && familyOfType(type) !== undefined;
    return !needsLease || synthesis.maySynthesize?.(name, client) !== false;
  };
  return lookup.find({ name, type, class: recordClass, dnssecOk, checkingDisabled }, client, mayLease);
}
