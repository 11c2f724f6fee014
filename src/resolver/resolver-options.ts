/** What the gateway gives the resolver: addresses, upstreams, who may ask, and how names become synthetic addresses. */
import type { Address, Family, Prefix } from '../wire/address.ts';
import type { QuestionRules } from './answer/question-rules.ts';

export interface ResolverOptions {
  /** The only addresses the service is bound to. */
  readonly listen: readonly Address[];
  /** Default 53; 0 takes a free one of each address (for tests). */
  readonly port?: number;
  readonly upstreams: readonly UpstreamServer[];
  /** Default `ordered`. */
  readonly upstreamChoice?: UpstreamChoice;
  /** Domains with upstreams of their own. Default: none. */
  readonly forward?: readonly ForwardZone[];
  /** Whether unencrypted questions have letters in random case, which a spoofer must guess. Default false. */
  readonly randomizeCase?: boolean;
  /** CAs to trust for upstreams' certificates besides the well-known ones, in PEM. */
  readonly authorities?: string | undefined;
  /** Private destinations that public names may resolve to all the same. */
  readonly allowPrivate: readonly Prefix[];
  /** Addresses no name may ever resolve to, whatever `allowPrivate` says: the synthetic ranges and the gateway's own. */
  readonly refused: readonly Prefix[];
  /** Ranges whose reverse trees are answered from the leases. */
  readonly syntheticRanges: readonly Prefix[];
  readonly synthesis: Synthesis;
  /** Default: none. */
  readonly rules?: QuestionRules;
  /** Whether the address is a client's; nobody else gets any answer. */
  readonly accepts: (client: Address) => boolean;
  /** Called with an exception that cost a client its answer: a defect, to be logged; `counters.defects` counts it. */
  readonly onDefect?: (error: unknown) => void;
  /** Called for every question that was understood, when its answer is made. */
  readonly onAnswer?: (query: AnsweredQuery) => void;
  /** Whether it listens for datagrams itself; if not, they are passed to `answer`. Default true. */
  readonly servesUdp?: boolean;
  readonly limits?: Partial<ResolverLimits>;
  /** Monotonic milliseconds, of the same clock in every thread. */
  readonly now: () => number;
}

export interface AnsweredQuery {
  readonly name: string;
  readonly type: number;
  readonly client: Address;
  readonly transport: 'udp' | 'tcp';
  readonly rcode: number;
  readonly tookMs: number;
  /** What the extended errors of the answer say, if it has any. */
  readonly error: string | undefined;
}

export interface UpstreamServer {
  readonly address: Address;
  readonly port: number;
  /** Default: plain DNS. A server with a transport is never asked over any other. */
  readonly transport?: SecureTransport;
}

export type SecureTransport =
  /** DNS over TLS (RFC 7858). The certificate must be for `name`, or for the address when that is undefined. */
  | { readonly kind: 'tls'; readonly name: string | undefined }
  /** DNS over HTTPS (RFC 8484), at a path such as `/dns-query`. */
  | { readonly kind: 'https'; readonly name: string | undefined; readonly path: string };

/** Upstreams for some domains. */
export interface ForwardZone {
  /** Lower case; each with all names below it. If several fit, the longest counts. */
  readonly domains: readonly string[];
  readonly upstreams: readonly UpstreamServer[];
}

/** Which upstream is asked first: the first that answers, or the one that answers fastest. */
export type UpstreamChoice = 'ordered' | 'fastest';

/** How names become synthetic addresses, and back. Called synchronously, at the moment the answer is made. */
export interface Synthesis {
  synthesize(request: SynthesisRequest): SynthesisResult;
  /** Whether the client may have an address for the name now; if not, few of its questions are looked up. Default: always. */
  maySynthesize?(hostname: string, client: Address): boolean;
  /** The hostname a synthetic address stands for, as far as this client may know. */
  nameOf(address: Address, client: Address): string | undefined;
}

export interface SynthesisRequest {
  /** Lower case, no trailing dot. */
  readonly hostname: string;
  readonly family: Family;
  /** The real addresses: at least one, none of them refused. */
  readonly addresses: readonly Address[];
  /** The CNAME targets on the path to them. */
  readonly aliases: readonly string[];
  /** The TTL of these. */
  readonly ttlSeconds: number;
  readonly client: Address;
}

export type SynthesisResult =
  | {
      readonly address: Address;
      readonly ttlSeconds: number;
      /** Undefined when it is for this client alone. */
      readonly reuse?: LeaseReuse | undefined;
    }
  /** No address can be leased now: SERVFAIL. */
  | 'exhausted'
  /** The name keeps its real addresses: no rule could tell it from others, or it is exempt. */
  | 'exempt'
  /** There is no range or no egress of the family: the name has no such address here (NODATA). */
  | 'unavailable';

/** The answer may be reused for any client, if the lease is marked as used each time. */
export interface LeaseReuse {
  /** The number its use is marked by. */
  readonly lease: number;
  readonly forMs: number;
}

export interface ResolverLimits {
  /** Concurrent queries of one client; more are not answered. */
  readonly queriesPerClient: number;
  /** Upstream questions in flight; more are answered with SERVFAIL. */
  readonly upstreamQuestions: number;
  /** How many of those may be for one client; its further ones wait for their turn. */
  readonly upstreamQuestionsPerClient: number;
  readonly cacheEntries: number;
  readonly cacheBytes: number;
  /** How long after its expiry an answer may still be served when no upstream answers. */
  readonly staleSeconds: number;
  readonly tcpConnections: number;
  readonly tcpConnectionsPerClient: number;
  /** A connection without a query in flight is closed after this; so is one whose query does not arrive whole. */
  readonly tcpIdleMs: number;
  /** When an upstream has been silent for this long, the next is asked as well. */
  readonly upstreamPatienceMs: number;
  /** From the first try to SERVFAIL. */
  readonly upstreamDeadlineMs: number;
  readonly upstreamTries: number;
}

export const DEFAULT_LIMITS: ResolverLimits = {
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
