/** What resolver and DNS front have done together, as if there were no front; and what the front alone does. */
import type { ResolverCounters } from '../../resolver/resolver-counters.ts';
import { Rcode } from '../../wire/dns/codes.ts';
import type { FrontState } from './front-state.ts';

export interface DnsCounters extends ResolverCounters {
  /** Answers given again by the front; `queriesUdp`, `synthesized`, `cacheHits` and the replies have them as well. */
  readonly answeredAgain: number;
  /** Queries dropped because too many were waiting. */
  readonly overload: number;
}

export function addFrontCounters(counters: ResolverCounters, front: Pick<FrontState, 'read'>): DnsCounters {
  const again = front.read('answered');
  const noError = (counters.byRcode[Rcode.NOERROR] ?? 0) + again;
  return {
    ...counters,
    queriesUdp: counters.queriesUdp + again,
    synthesized: counters.synthesized + again,
    cacheHits: counters.cacheHits + again,
    byRcode: again === 0 ? counters.byRcode : { ...counters.byRcode, [Rcode.NOERROR]: noError },
    refusedClients: counters.refusedClients + front.read('refusedClients'),
    ignored: counters.ignored + front.read('ignored'),
    answeredAgain: again,
    overload: front.read('overload'),
  };
}
