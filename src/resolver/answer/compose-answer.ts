/**
 * Last step: composes the answer to a client from a resolution. An address question is answered with one synthetic address at
 * the queried name, without the CNAME chain; a real address is given only for names that are exempt.
 */
import type { Address } from '../../wire/address.ts';
import { ExtendedErrorCode, Rcode, RecordType } from '../../wire/dns/codes.ts';
import type { ExtendedError } from '../../wire/dns/edns.ts';
import type { Question } from '../../wire/dns/message.ts';
import { isHostname } from '../../wire/dns/name.ts';
import type { CachedResolution } from '../lookup/answer-cache.ts';
import { prefetchLead } from '../lookup/prefetch.ts';
import { ageSections } from '../lookup/relay-sections.ts';
import { NO_LEASE, type Resolution } from '../lookup/resolution.ts';
import type { ResolverCounters } from '../resolver-counters.ts';
import type { Synthesis } from '../resolver-options.ts';
import {
  type Answer,
  type AnswerReuse,
  answerAbsence,
  answerRcode,
  answerRecords,
  answerSoa,
  ownRecord,
} from './answer.ts';

export interface CompositionContext {
  readonly client: Address;
  readonly synthesis: Synthesis;
  readonly counters: ResolverCounters;
}

/** The TTL of stale answers (RFC 8767 section 4). */
const STALE_TTL_SECONDS = 30;

/** The maximum TTL of real addresses, so that a new rule for the name soon takes effect. Chosen by us. */
const EXEMPT_TTL_SECONDS = 60;

/** The maximum negative TTL if addresses exist but are not given out here. Chosen by us. */
const DENIED_TTL_SECONDS = 60;

/** For answers without a lease, whose reuse only the TTL limits. */
const WITHOUT_LEASE: AnswerReuse = { lease: undefined, forMs: Number.POSITIVE_INFINITY };

export function composeAnswer(
  question: Question,
  { resolution, ageSeconds, stale }: CachedResolution,
  context: CompositionContext,
): Answer {
  const leastSeconds = stale ? STALE_TTL_SECONDS : 0;
  const ttlSeconds = Math.max(leastSeconds, resolution.ttlSeconds - ageSeconds);
  const answer = composeKind(question, resolution, { ttlSeconds, ageSeconds, leastSeconds }, context);
  if (!stale) return answer;
  const error = { code: ExtendedErrorCode.STALE_ANSWER, text: 'no upstream has confirmed it lately' };
  return { body: answer.body, errors: [error, ...answer.errors] };
}

interface AnswerTimes {
  readonly ttlSeconds: number;
  readonly ageSeconds: number;
  readonly leastSeconds: number;
}

function composeKind(
  question: Question,
  resolution: Resolution,
  times: AnswerTimes,
  context: CompositionContext,
): Answer {
  const { ttlSeconds } = times;
  const reuse = limitReuse(WITHOUT_LEASE, ttlSeconds, prefetchLead(resolution.ttlSeconds));
  switch (resolution.kind) {
    case 'addresses':
      return answerAddresses(question, resolution, times, context);
    case 'services':
      return {
        ...answerRecords(resolution.services.map((rdata) => ownRecord(question.type, ttlSeconds, rdata))),
        reuse,
      };
    case 'relay':
      return { body: ageSections(resolution.sections, times), errors: [], reuse };
    case 'absent':
      return {
        ...answerSoa(question.name, resolution.absence, { rcode: Rcode.NXDOMAIN, ttlSeconds }),
        reuse,
      };
    case 'withheld':
      context.counters.withheld++;
      return denyData(question, ttlSeconds, {
        code: ExtendedErrorCode.FILTERED,
        text: 'the name leads only to private addresses',
      });
    case 'failure':
      return answerRcode(resolution.rcode, resolution.error);
  }
}

type AddressResolution = Extract<Resolution, { kind: 'addresses' }>;

function answerAddresses(
  question: Question,
  resolution: AddressResolution,
  times: AnswerTimes,
  { client, synthesis, counters }: CompositionContext,
): Answer {
  if (!isHostname(question.name)) {
    return answerRcode(Rcode.REFUSED, {
      code: ExtendedErrorCode.FILTERED,
      text: 'the name has bytes no policy can name',
    });
  }
  const { addresses, aliases } = resolution;
  const { ttlSeconds } = times;
  const family = question.type === RecordType.A ? 4 : 6;
  const hostname = question.name;
  const result = synthesis.synthesize({ hostname, family, addresses, aliases, ttlSeconds, client });
  if (result === 'unavailable') {
    const reuse = limitReuse(WITHOUT_LEASE, Math.min(ttlSeconds, DENIED_TTL_SECONDS), 0);
    return { ...denyData(question, ttlSeconds), reuse };
  }
  if (result === 'exhausted') {
    counters.poolExhausted++;
    return answerRcode(Rcode.SERVFAIL, NO_LEASE);
  }
  if (result === 'exempt') {
    counters.exempted++;
    return answerExempt(question, resolution, times);
  }
  counters.synthesized++;
  const answer = answerRecords([ownRecord(question.type, result.ttlSeconds, result.address)], {
    code: ExtendedErrorCode.SYNTHESIZED,
    text: 'synthetic address',
  });
  return { ...answer, reuse: limitReuse(result.reuse, ttlSeconds, prefetchLead(resolution.ttlSeconds)) };
}

/** The real addresses, with all records that a DNSSEC-aware client needs to validate them if it asked for these. */
function answerExempt(
  { type }: Question,
  { addresses, signed }: AddressResolution,
  times: AnswerTimes,
): Answer {
  if (signed !== undefined) return { body: ageSections(signed, times), errors: [] };
  const seconds = Math.min(times.ttlSeconds, EXEMPT_TTL_SECONDS);
  return answerRecords(addresses.map((address) => ownRecord(type, seconds, address)));
}

/** NODATA. The SOA makes it cacheable; its owner is the name itself, so that it covers no other name. */
function denyData({ name }: Question, ttlSeconds: number, ...errors: readonly ExtendedError[]): Answer {
  const seconds = Math.min(ttlSeconds, DENIED_TTL_SECONDS);
  return { ...answerAbsence(name, name, Rcode.NOERROR, seconds), errors };
}

/**
 * Reuse ends a second before the TTL, which is counted in whole seconds, and the first time when a prefetch becomes due: only a
 * query that reaches the resolver triggers it.
 */
function limitReuse(
  reuse: AnswerReuse | undefined,
  ttlSeconds: number,
  leadSeconds: number,
): AnswerReuse | undefined {
  if (reuse === undefined || ttlSeconds <= 1) return undefined;
  const seconds = ttlSeconds > leadSeconds + 1 ? ttlSeconds - Math.max(1, leadSeconds) : ttlSeconds - 1;
  return { ...reuse, forMs: Math.min(reuse.forMs, seconds * 1000) };
}
