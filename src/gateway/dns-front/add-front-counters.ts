/** Merges the DNS front's counters into the resolver's, as if there were no front, and adds those that only the front has. */
import type { ResolverCounters } from '../../resolver/resolver-counters.ts';
import { Rcode } from '../../wire/dns/codes.ts';
import type { FrontState } from './front-state.ts';

export interface DnsCounters extends ResolverCounters {
  /** Answers from the front's cache; also included in `queriesUdp`, `synthesized`, `cacheHits` and the replies. */
  readonly answeredAgain: number;
  /** Queries dropped because too many were waiting. */
  readonly overload: number;
}

export function addFrontCounters(counters: ResolverCounters, front: Pick<FrontState, 'read'>): DnsCounters {
  const again = front.read('answered');
  const absent = front.read('absent');
  return {
    ...counters,
    queriesUdp: counters.queriesUdp + again,
    synthesized: counters.synthesized + front.read('synthesized'),
    cacheHits: counters.cacheHits + again,
    byRcode: addReplies(addReplies(counters.byRcode, Rcode.NOERROR, again - absent), Rcode.NXDOMAIN, absent),
    refusedClients: counters.refusedClients + front.read('refusedClients'),
    ignored: counters.ignored + front.read('ignored'),
    answeredAgain: again,
    overload: front.read('overload'),
  };
}

/** Rcodes without replies are omitted. */
function addReplies(
  byRcode: Readonly<Record<number, number>>,
  rcode: number,
  replies: number,
): Readonly<Record<number, number>> {
  return replies === 0 ? byRcode : { ...byRcode, [rcode]: (byRcode[rcode] ?? 0) + replies };
}
