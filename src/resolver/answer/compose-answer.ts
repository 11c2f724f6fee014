/**
 * Last step: the answer a client gets for a resolution. An address question is answered with one synthetic address at
 * the asked name, whatever chain led there; no real address is ever written.
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

/** The TTL of what is told although it has run out (RFC 8767 section 4). */
const STALE_TTL_SECONDS = 30;

/** The most a real address is given for, so that a name which a new rule selects is asked for again soon. Chosen by us. */
const EXEMPT_TTL_SECONDS = 60;

/** The cap for NODATA where the address exists but is not served here. Chosen by us. */
const DENIED_TTL_SECONDS = 60;

/** Of what has no lease only the TTL limits the reuse. */
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

interface Times {
  readonly ttlSeconds: number;
  readonly ageSeconds: number;
  readonly leastSeconds: number;
}

function composeKind(
  question: Question,
  resolution: Resolution,
  times: Times,
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

type FoundAddresses = Extract<Resolution, { kind: 'addresses' }>;

function answerAddresses(
  question: Question,
  resolution: FoundAddresses,
  times: Times,
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

/** The real addresses, or all that a DNSSEC-aware client needs to validate them. */
function answerExempt({ type }: Question, { addresses, signed }: FoundAddresses, times: Times): Answer {
  if (signed !== undefined) return { body: ageSections(signed, times), errors: [] };
  const seconds = Math.min(times.ttlSeconds, EXEMPT_TTL_SECONDS);
  return answerRecords(addresses.map((address) => ownRecord(type, seconds, address)));
}

/** The SOA is the name's own, so that clients remember it, and of this name alone. */
function denyData({ name }: Question, ttlSeconds: number, ...errors: readonly ExtendedError[]): Answer {
  const seconds = Math.min(ttlSeconds, DENIED_TTL_SECONDS);
  return { ...answerAbsence(name, name, Rcode.NOERROR, seconds), errors };
}

/**
 * Reuse ends before the TTL does, whose last second may be partly over; and at first already when prefetching becomes due,
 * because only a query that reaches the resolver triggers the prefetch.
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
