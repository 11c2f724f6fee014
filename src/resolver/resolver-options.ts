/** What the resolver is told by the gateway: addresses, upstreams, who may ask, and how names become synthetic addresses. */
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
  /** Whether plain questions go out in random case, for liars to guess. Default false. */
  readonly randomizeCase?: boolean;
  /** Authorities that upstreams' certificates may come from, besides the well-known ones, in PEM. */
  readonly authorities?: string | undefined;
  /** Private destinations that public names may resolve to all the same. */
  readonly allowPrivate: readonly Prefix[];
  /** Addresses no name may ever resolve to, whatever `allowPrivate` says: the synthetic ranges and the gateway's own. */
  readonly refused: readonly Prefix[];
  /** Whose reverse trees are answered from the leases. */
  readonly syntheticRanges: readonly Prefix[];
  readonly synthesis: Synthesis;
  /** Default: none. */
  readonly rules?: QuestionRules;
  /** Whether the address is a client's; nobody else gets any answer. */
  readonly accepts: (client: Address) => boolean;
  /** Told of an exception that cost a client its answer: a defect of the gateway, to be logged; `counters.defects` counts it. */
  readonly onDefect?: (error: unknown) => void;
  /** Told of every question that was understood, when its answer is made. */
  readonly onAnswer?: (query: AnsweredQuery) => void;
  /** Whether it listens for datagrams itself; else somebody hands them to `answer`. Default true. */
  readonly servesUdp?: boolean;
  readonly limits?: Partial<ResolverLimits>;
  /** Monotonic milliseconds; for tests. */
  readonly now?: () => number;
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
  /** Default: plain DNS. A server with a transport is never asked in any other way. */
  readonly transport?: SecureTransport;
}

export type SecureTransport =
  /** DNS over TLS (RFC 7858). The certificate must be for `name`, or for the address when that is undefined. */
  | { readonly kind: 'tls'; readonly name: string | undefined }
  /** DNS over HTTPS (RFC 8484), at a path such as `/dns-query`. */
  | { readonly kind: 'https'; readonly name: string | undefined; readonly path: string };

/** Who is asked about some domains. */
export interface ForwardZone {
  /** Lower case; these and all below them. Of two that fit, the longer one counts. */
  readonly domains: readonly string[];
  readonly upstreams: readonly UpstreamServer[];
}

/** Which upstream is asked first: the first that answers, or the one that answers fastest. */
export type UpstreamChoice = 'ordered' | 'fastest';

/** How names become synthetic addresses, and back. Called synchronously, at the moment the answer is made. */
export interface Synthesis {
  synthesize(request: SynthesisRequest): SynthesisResult;
  /** Whether the client may have an address for the name now: when not, few such names are even looked up. Default: always. */
  maySynthesize?(hostname: string, client: Address): boolean;
  /** The hostname a synthetic address stands for, as far as this client may know. */
  nameOf(address: Address, client: Address): string | undefined;
}

export interface SynthesisRequest {
  /** Lower case, no trailing dot. */
  readonly hostname: string;
  readonly family: Family;
  /** Where the name really leads: at least one address, none of them refused. */
  readonly addresses: readonly Address[];
  /** The CNAME targets on the way there. */
  readonly aliases: readonly string[];
  /** How long these may be believed. */
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

/** The same address may be told to any client again without asking, if the lease is marked as used each time. */
export interface LeaseReuse {
  /** The number its use is marked by. */
  readonly lease: number;
  readonly forMs: number;
}

export interface ResolverLimits {
  /** Queries of one client under way at one time; more are not answered. */
  readonly queriesPerClient: number;
  /** Questions asked upstream at one time; more are answered with SERVFAIL. */
  readonly upstreamQuestions: number;
  /** Of those, for one client; its further ones wait for their turn. */
  readonly upstreamQuestionsPerClient: number;
  readonly cacheEntries: number;
  readonly cacheBytes: number;
  /** How long after it ran out an answer may still be told when no upstream answers. */
  readonly staleSeconds: number;
  readonly tcpConnections: number;
  readonly tcpConnectionsPerClient: number;
  /** A connection without a query under way is closed after this; so is one whose query does not arrive whole. */
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
