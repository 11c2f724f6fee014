/** What the resolver has done since it started: plain numbers that may be read at any time. */
export interface ResolverCounters {
  queriesUdp: number;
  queriesTcp: number;
  /** Queries from addresses that are not a client's. */
  refusedClients: number;
  /** Queries over a client's limit of concurrent ones. */
  clientOverload: number;
  /** Not a query at all: too short, or a response. No answer was sent. */
  ignored: number;
  /** Replies by rcode; the index is the rcode. */
  byRcode: Record<number, number>;
  truncated: number;
  answeredLocally: number;
  /** Answered by a rule: blocked, or given another answer than the real one. */
  blocked: number;
  overridden: number;
  synthesized: number;
  /** Names that kept their real addresses. */
  exempted: number;
  poolExhausted: number;
  /** Names that resolve only to refused addresses (rebinding). */
  withheld: number;
  cacheHits: number;
  cacheMisses: number;
  /** Expired answers, served because no upstream answered. */
  staleAnswers: number;
  /** Questions that joined one already in flight. */
  coalesced: number;
  /** Questions asked upstream because their answer was about to expire and was asked for. */
  prefetches: number;
  upstreamQueries: number;
  upstreamFallbacksToTcp: number;
  upstreamTimeouts: number;
  upstreamErrors: number;
  /** Datagrams from the right address that were no reply to the query (RFC 5452 section 9.1). */
  upstreamMismatches: number;
  upstreamOverload: number;
  /** Connections opened for DNS over TLS and HTTPS. */
  upstreamConnections: number;
  tcpConnections: number;
  tcpConnectionsRefused: number;
  /** Idle ones that were closed to make room for others. */
  tcpConnectionsShed: number;
  /** Queries that went unanswered because of an exception. */
  defects: number;
}

export function newCounters(): ResolverCounters {
  return {
    queriesUdp: 0,
    queriesTcp: 0,
    refusedClients: 0,
    clientOverload: 0,
    ignored: 0,
    byRcode: {},
    truncated: 0,
    answeredLocally: 0,
    blocked: 0,
    overridden: 0,
    synthesized: 0,
    exempted: 0,
    poolExhausted: 0,
    withheld: 0,
    cacheHits: 0,
    cacheMisses: 0,
    staleAnswers: 0,
    coalesced: 0,
    prefetches: 0,
    upstreamQueries: 0,
    upstreamFallbacksToTcp: 0,
    upstreamTimeouts: 0,
    upstreamErrors: 0,
    upstreamMismatches: 0,
    upstreamOverload: 0,
    upstreamConnections: 0,
    tcpConnections: 0,
    tcpConnectionsRefused: 0,
    tcpConnectionsShed: 0,
    defects: 0,
  };
}
