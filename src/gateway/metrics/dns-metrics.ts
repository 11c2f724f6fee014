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
  refusedClients: ['refused_clients', "Queries from addresses that are no client's"],
  clientOverload: ['client_overload', 'Queries of a client that had too many under way'],
  ignored: ['ignored', 'Messages that were no query'],
  overload: ['overload', 'Queries dropped because too many were waiting'],
  truncated: ['truncated', 'Replies that did not fit over UDP'],
  answeredLocally: ['answered_locally', 'Queries answered without asking anybody, such as localhost'],
  answeredAgain: ['answered_again', 'Answers that the front has given again'],
  blocked: ['blocked', 'Queries that a rule blocks'],
  overridden: ['overridden', 'Queries that a rule answers'],
  synthesized: ['synthesized', 'Answers with a synthetic address'],
  exempted: ['exempted', 'Answers with the real addresses of a name that keeps them'],
  poolExhausted: ['pool_exhausted', 'Queries for which there was no synthetic address'],
  withheld: ['withheld', 'Names that lead to private addresses alone (rebinding)'],
  cacheHits: ['cache_hits', 'Questions answered from the cache'],
  cacheMisses: ['cache_misses', 'Questions that the cache did not know'],
  staleAnswers: ['stale_answers', 'Answers that had run out, given because no upstream answered'],
  coalesced: ['coalesced', 'Questions that joined one under way'],
  prefetches: ['prefetches', 'Questions asked upstream before their answer ran out'],
  upstreamQueries: ['upstream_queries', 'Queries sent to upstreams'],
  upstreamFallbacksToTcp: ['upstream_tcp_fallbacks', 'Queries asked again over TCP'],
  upstreamTimeouts: ['upstream_timeouts', 'Queries that an upstream did not answer in time'],
  upstreamErrors: ['upstream_errors', 'Queries that an upstream could not be asked, or failed'],
  upstreamMismatches: ['upstream_mismatches', 'Datagrams of an upstream that were no reply to the query'],
  upstreamOverload: ['upstream_overload', 'Questions not asked because too many were under way'],
  upstreamConnections: ['upstream_connections', 'Connections opened for DNS over TLS and HTTPS'],
  tcpConnections: ['tcp_connections', 'Connections that clients have opened'],
  tcpConnectionsRefused: ['tcp_connections_refused', 'Connections of clients refused'],
  tcpConnectionsShed: ['tcp_connections_shed', 'Idle connections closed to make room'],
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
      'Failures of an upstream in a row; 0 when it answers',
      each(({ failures }) => failures),
    ),
    gauge(
      'syngate_dns_upstream_answer_seconds',
      'How fast an upstream answers, smoothed; not there until it has answered',
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
