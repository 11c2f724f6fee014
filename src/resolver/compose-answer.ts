/**
 * Last step: the answer a client gets for a resolution. An address question is answered with one synthetic address at
 * the asked name, whatever chain led there; no real address is ever written.
 */
import type { Address } from '../wire/address.ts';
import { ExtendedErrorCode, Rcode, RecordType } from '../wire/dns/codes.ts';
import type { Question } from '../wire/dns/message.ts';
import { isHostname } from '../wire/dns/name.ts';
import { type Answer, answerRcode, answerRecords, ownRecord } from './answer.ts';
import { ageSections } from './relay-sections.ts';
import type { Resolution } from './resolution.ts';
import type { ResolverCounters } from './resolver-counters.ts';
import type { Synthesis } from './resolver-options.ts';

export interface CompositionContext {
  readonly client: Address;
  readonly synthesis: Synthesis;
  readonly counters: ResolverCounters;
}

/** `ageSeconds` is how long ago the resolution was learned. */
export function composeAnswer(
  question: Question,
  { resolution, ageSeconds }: { resolution: Resolution; ageSeconds: number },
  context: CompositionContext,
): Answer {
  const ttlSeconds = Math.max(0, resolution.ttlSeconds - ageSeconds);
  switch (resolution.kind) {
    case 'addresses':
      return synthesizeAnswer(question, { addresses: resolution.addresses, ttlSeconds }, context);
    case 'services':
      return answerRecords(resolution.services.map((rdata) => ownRecord(question.type, ttlSeconds, rdata)));
    case 'relay':
      return { body: ageSections(resolution.sections, ageSeconds) };
    case 'withheld':
      context.counters.withheld++;
      return answerRcode(Rcode.NOERROR, {
        code: ExtendedErrorCode.FILTERED,
        text: 'the name leads only to private addresses',
      });
    case 'failure':
      return answerRcode(resolution.rcode, resolution.error);
  }
}

function synthesizeAnswer(
  question: Question,
  real: { addresses: readonly Address[]; ttlSeconds: number },
  { client, synthesis, counters }: CompositionContext,
): Answer {
  if (!isHostname(question.name)) {
    return answerRcode(Rcode.REFUSED, {
      code: ExtendedErrorCode.FILTERED,
      text: 'the name has bytes no policy can name',
    });
  }
  const family = question.type === RecordType.A ? 4 : 6;
  const result = synthesis.synthesize({ hostname: question.name, family, ...real, client });
  if (result === 'unavailable') return answerRcode(Rcode.NOERROR);
  if (result === 'exhausted') {
    counters.poolExhausted++;
    return answerRcode(Rcode.SERVFAIL, {
      code: ExtendedErrorCode.OTHER,
      text: 'no synthetic address can be leased now',
    });
  }
  counters.synthesized++;
  return answerRecords([ownRecord(question.type, result.ttlSeconds, result.address)], {
    code: ExtendedErrorCode.SYNTHESIZED,
    text: 'synthetic address',
  });
}
