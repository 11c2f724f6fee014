/** The resolver's counters since its start. */
export interface ResolverCounters {
  queriesUdp: number;
  queriesTcp: number;
  /** Queries from addresses that do not belong to clients. */
  refusedClients: number;
  /** Queries refused because the client had too many in flight. */
  clientOverload: number;
  /** Messages that were too short or a response, to which no reply was sent. */
  ignored: number;
  /** Replies by rcode; the index is the rcode. */
  byRcode: Record<number, number>;
  truncated: number;
  answeredLocally: number;
  /** Questions that a rule blocked, and questions that a rule answered. */
  blocked: number;
  overridden: number;
  synthesized: number;
  /** Answers with the real addresses of exempt names. */
  exempted: number;
  poolExhausted: number;
  /** Answers withheld because all addresses of the name are refused (DNS rebinding). */
  withheld: number;
  cacheHits: number;
  cacheMisses: number;
  /** Expired answers that were served because no upstream answered. */
  staleAnswers: number;
  /** Questions that joined an equal one in flight. */
  coalesced: number;
  /** Upstream questions for cached answers that were requested shortly before their expiry. */
  prefetches: number;
  upstreamQueries: number;
  upstreamFallbacksToTcp: number;
  upstreamTimeouts: number;
  upstreamErrors: number;
  /** Datagrams from an upstream's address that did not match the query (RFC 5452 section 9.1). */
  upstreamMismatches: number;
  upstreamOverload: number;
  /** Connections opened for DNS over TLS and HTTPS. */
  upstreamConnections: number;
  tcpConnections: number;
  tcpConnectionsRefused: number;
  /** Idle connections that were closed to make room for others. */
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
