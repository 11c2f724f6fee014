/** Metrics of the resolver, including the DNS front, and of its upstreams. */
import { counter, gauge, type Metric, type Sample } from '../../report/metric.ts';
import type { Resolver } from '../../resolver/resolver.ts';
import type { UpstreamServer } from '../../resolver/resolver-options.ts';
import type { UpstreamState } from '../../resolver/upstream/upstream-health.ts';
import { nameRcode } from '../../wire/dns/codes.ts';
import type { DnsCounters } from '../dns-front/add-front-counters.ts';
import { formatUpstream } from '../views/describe-dns.ts';

export interface DnsParts {
  readonly dnsCounters: DnsCounters;
  readonly resolver: { readonly status: Pick<Resolver['status'], 'cache' | 'upstreams'> };
}

type PlainCounter = Exclude<keyof DnsCounters, 'queriesUdp' | 'queriesTcp' | 'byRcode'>;

/** The part of the name between `syngate_dns_` and `_total`, and the help text. */
const PLAIN: Readonly<Record<PlainCounter, readonly [name: string, help: string]>> = {
  refusedClients: ['refused_clients', "Queries from addresses that are not clients'"],
  clientOverload: ['client_overload', 'Queries of a client that had too many pending'],
  ignored: ['ignored', 'Messages that were not queries'],
  overload: ['overload', 'Queries dropped because too many were waiting'],
  truncated: ['truncated', 'Replies that did not fit over UDP'],
  answeredLocally: ['answered_locally', 'Queries answered locally, without an upstream'],
  answeredAgain: ['answered_again', 'Answers from the cache of the DNS front'],
  blocked: ['blocked', 'Queries that a rule blocks'],
  overridden: ['overridden', 'Queries that a rule answers'],
  synthesized: ['synthesized', 'Answers with a synthetic address'],
  exempted: ['exempted', 'Answers with real addresses, for names exempt from synthesis'],
  poolExhausted: ['pool_exhausted', 'Queries for which there was no synthetic address'],
  withheld: ['withheld', 'Answers withheld because the name has private addresses only (rebinding)'],
  cacheHits: ['cache_hits', 'Lookups answered from the cache'],
  cacheMisses: ['cache_misses', 'Lookups not in the cache'],
  staleAnswers: ['stale_answers', 'Expired answers, served because no upstream answered'],
  coalesced: ['coalesced', 'Lookups that joined an identical pending one'],
  prefetches: ['prefetches', 'Answers refreshed before they expired'],
  upstreamQueries: ['upstream_queries', 'Queries sent to upstreams'],
  upstreamFallbacksToTcp: ['upstream_tcp_fallbacks', 'Upstream queries repeated over TCP'],
  upstreamTimeouts: ['upstream_timeouts', 'Upstream queries not answered in time'],
  upstreamErrors: ['upstream_errors', 'Upstream queries that could not be sent, or failed'],
  upstreamMismatches: ['upstream_mismatches', 'Datagrams that did not match a pending query'],
  upstreamOverload: ['upstream_overload', 'Upstream queries not sent because too many were pending'],
  upstreamConnections: ['upstream_connections', 'Connections opened for DNS over TLS and HTTPS'],
  tcpConnections: ['tcp_connections', 'TCP connections opened by clients'],
  tcpConnectionsRefused: ['tcp_connections_refused', 'TCP connections of clients refused'],
  tcpConnectionsShed: ['tcp_connections_shed', 'Idle TCP connections closed to make room'],
  defects: ['defects', 'Queries unanswered because of a fault of the gateway'],
};

export function dnsMetrics({ dnsCounters, resolver }: DnsParts): Metric[] {
  const { queriesUdp, queriesTcp, byRcode, ...plain } = dnsCounters;
  const { cache, upstreams } = resolver.status;
  return [
    counter('syngate_dns_queries_total', 'Queries of clients', [
      { labels: { transport: 'udp' }, value: queriesUdp },
      { labels: { transport: 'tcp' }, value: queriesTcp },
    ]),
    counter('syngate_dns_replies_total', 'Replies to clients', listReplies(byRcode)),
    ...listPlain(plain),
    gauge('syngate_dns_cache_entries', 'Answers in the cache', cache.entries),
    gauge('syngate_dns_cache_bytes', 'Bytes of the answers in the cache', cache.bytes),
    ...upstreamMetrics(upstreams),
  ];
}

function listReplies(byRcode: DnsCounters['byRcode']): Sample[] {
  return Object.entries(byRcode).map(([rcode, value]) => ({
    labels: { rcode: nameRcode(Number(rcode)) },
    value,
  }));
}

function listPlain(counters: Readonly<Record<PlainCounter, number>>): Metric[] {
  const values: Readonly<Record<string, number>> = counters;
  return Object.entries(PLAIN).map(([key, [name, help]]) =>
    counter(`syngate_dns_${name}_total`, help, values[key] ?? 0),
  );
}

function upstreamMetrics(zones: DnsParts['resolver']['status']['upstreams']): Metric[] {
  const states = zones.flatMap(({ domains: [zone = '.'], upstreams }) => withoutRepeats(zone, upstreams));
  const each = (read: (state: UpstreamState) => number): Sample[] =>
    states.map(({ labels, state }) => ({ labels, value: read(state) }));
  return [
    counter(
      'syngate_dns_upstream_answers_total',
      'Answers of an upstream',
      each(({ answers }) => answers),
    ),
    gauge(
      'syngate_dns_upstream_failures',
      'Consecutive failures of an upstream; 0 when it answers',
      each(({ failures }) => failures),
    ),
    gauge(
      'syngate_dns_upstream_answer_seconds',
      'Response time of an upstream, smoothed; absent until it has answered',
      states.flatMap(({ labels, state: { answerMs } }) =>
        answerMs === undefined ? [] : [{ labels, value: answerMs / 1000 }],
      ),
    ),
  ];
}

interface LabelledState {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: UpstreamState;
}

/** `zone` is the first domain that is forwarded to the upstreams, or "."; of an upstream listed twice, only the first counts. */
function withoutRepeats(zone: string, states: readonly UpstreamState[]): LabelledState[] {
  const named = new Map<string, UpstreamState>();
  for (const state of states) {
    const server = nameUpstream(state.server);
    if (!named.has(server)) named.set(server, state);
  }
  return Array.from(named, ([server, state]) => ({ labels: { server, zone }, state }));
}

/** Without the path of DNS over HTTPS, which may be a credential (FL-40). */
function nameUpstream(server: UpstreamServer): string {
  const { transport } = server;
  return formatUpstream(
    transport?.kind === 'https' ? { ...server, transport: { ...transport, path: '' } } : server,
  );
}
