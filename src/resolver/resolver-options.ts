/** The options of the resolver: addresses, upstreams, clients, limits, and the mapping of names to synthetic addresses. */
import type { Address, Family, Prefix } from '../wire/address.ts';
import type { QuestionRules } from './answer/question-rules.ts';

export interface ResolverOptions {
  /** The only addresses the service is bound to. */
  readonly listen: readonly Address[];
  /** Default: 53. 0 picks a free port for each address (for tests). */
  readonly port?: number;
  readonly upstreams: readonly UpstreamServer[];
  /** Default `ordered`. */
  readonly upstreamChoice?: UpstreamChoice;
  /** Domains with upstreams of their own. Default: none. */
  readonly forward?: readonly ForwardZone[];
  /** Whether to send unencrypted questions in random letter case, which a spoofer must guess. Default: false. */
  readonly randomizeCase?: boolean;
  /** Certificate authorities to trust for upstreams in addition to the well-known ones, in PEM. */
  readonly authorities?: string | undefined;
  /** Private addresses that public names may nevertheless resolve to. */
  readonly allowPrivate: readonly Prefix[];
  /** Addresses that no name may resolve to, regardless of `allowPrivate`: the synthetic ranges and the gateway's own. */
  readonly refused: readonly Prefix[];
  /** Ranges whose reverse zones are answered from the leases. */
  readonly syntheticRanges: readonly Prefix[];
  readonly synthesis: Synthesis;
  /** Default: none. */
  readonly rules?: QuestionRules;
  /** Whether the address belongs to a client; others get no answer. */
  readonly accepts: (client: Address) => boolean;
  /** Called with an exception because of which a query went unanswered, for the log; `counters.defects` counts them. */
  readonly onDefect?: (error: unknown) => void;
  /** Called with the answer to every valid query. */
  readonly onAnswer?: (query: AnsweredQuery) => void;
  /** Whether the resolver serves UDP itself; otherwise queries are passed to `Resolver.answer`. Default: true. */
  readonly servesUdp?: boolean;
  readonly limits?: Partial<ResolverLimits>;
  /** Monotonic milliseconds, from a clock that is the same in every thread. */
  readonly now: () => number;
}

export interface AnsweredQuery {
  readonly name: string;
  readonly type: number;
  readonly client: Address;
  readonly transport: 'udp' | 'tcp';
  readonly rcode: number;
  readonly tookMs: number;
  /** The text of the answer's extended errors. */
  readonly error: string | undefined;
}

export interface UpstreamServer {
  readonly address: Address;
  readonly port: number;
  /** Default: plain DNS. A server with a transport is never queried over any other. */
  readonly transport?: SecureTransport;
}

export type SecureTransport =
  /** DNS over TLS (RFC 7858). The certificate must be for `name`, or for the address when that is undefined. */
  | { readonly kind: 'tls'; readonly name: string | undefined }
  /** DNS over HTTPS (RFC 8484), at a path such as `/dns-query`. */
  | { readonly kind: 'https'; readonly name: string | undefined; readonly path: string };

/** Domains that have upstreams of their own. */
export interface ForwardZone {
  /** In lower case; each includes all names below it. If several domains contain a name, the longest is used. */
  readonly domains: readonly string[];
  readonly upstreams: readonly UpstreamServer[];
}

/** Which upstream is asked first: the first in the list that answers, or the fastest. */
export type UpstreamChoice = 'ordered' | 'fastest';

/** Maps names to synthetic addresses and back. Called synchronously while an answer is composed. */
export interface Synthesis {
  synthesize(request: SynthesisRequest): SynthesisResult;
  /** Whether the client may lease an address for the name now; if not, few of its questions are looked up. Default: true. */
  maySynthesize?(hostname: string, client: Address): boolean;
  /** The hostname of a synthetic address; undefined if there is none or the client may not know it. */
  nameOf(address: Address, client: Address): string | undefined;
}

export interface SynthesisRequest {
  /** Lower case, no trailing dot. */
  readonly hostname: string;
  readonly family: Family;
  /** The real addresses: at least one, and none that is refused. */
  readonly addresses: readonly Address[];
  /** The CNAME targets on the path to them. */
  readonly aliases: readonly string[];
  /** The TTL of the real addresses. */
  readonly ttlSeconds: number;
  readonly client: Address;
}

export type SynthesisResult =
  | {
      readonly address: Address;
      readonly ttlSeconds: number;
      /** Undefined if the answer is for this client only. */
      readonly reuse?: LeaseReuse | undefined;
    }
  /** No address can be leased now; answered with SERVFAIL. */
  | 'exhausted'
  /** The name is answered with its real addresses. */
  | 'exempt'
  /** There is no synthetic range or no egress address of the family; answered with NODATA. */
  | 'unavailable';

/** Permission to reuse the answer for any client, provided that the lease is marked as used each time. */
export interface LeaseReuse {
  /** The lease's slot in `LeaseUse`. */
  readonly lease: number;
  readonly forMs: number;
}

export interface ResolverLimits {
  /** Concurrent queries per client; further ones are not answered. */
  readonly queriesPerClient: number;
  /** Upstream questions in flight; further ones are answered with SERVFAIL. */
  readonly upstreamQuestions: number;
  /** Upstream questions in flight per client; further ones wait. */
  readonly upstreamQuestionsPerClient: number;
  readonly cacheEntries: number;
  readonly cacheBytes: number;
  /** How long after its expiry an answer may be served if no upstream answers. */
  readonly staleSeconds: number;
  readonly tcpConnections: number;
  readonly tcpConnectionsPerClient: number;
  /** A connection is closed after being idle, or receiving an incomplete query, for this long. */
  readonly tcpIdleMs: number;
  /** If an upstream has not answered after this time, the next one is asked in parallel. */
  readonly upstreamPatienceMs: number;
  /** Maximum time from the first try to SERVFAIL. */
  readonly upstreamDeadlineMs: number;
  readonly upstreamTries: number;
}

export const DEFAULT_RESOLVER_LIMITS: ResolverLimits = {
  queriesPerClient: 256,
  upstreamQuestions: 1024,
  upstreamQuestionsPerClient: 32,
  cacheEntries: 50_000,
  cacheBytes: 32 * 1024 * 1024,
  staleSeconds: 3600,
  tcpConnections: 1000,
  tcpConnectionsPerClient: 100,
  tcpIdleMs: 10_000,
  upstreamPatienceMs: 700,
  upstreamDeadlineMs: 2300,
  upstreamTries: 3,
};
