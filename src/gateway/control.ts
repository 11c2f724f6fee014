/**
 * What a running gateway offers to its management API: questions and the answers, as plain JSON-able records. Addresses
 * are texts here, times ISO 8601 in UTC, durations whole milliseconds, and what is not known is null, never left out.
 */
import type { Metric } from '../report/metric.ts';
import type { PolicyList, PolicyRule } from './config/policy-schema.ts';
import type { ExplainQuery, Explanation } from './explain-control.ts';
import type { Trace, TraceListener, TraceRequest } from './trace-control.ts';

export interface GatewayControl {
  status(): Promise<GatewayStatus>;
  /** For monitoring; no packet waits for it (docs/metrics.md). */
  metrics(): Promise<readonly Metric[]>;
  /** The newest first; at most `filter.limit`. */
  flows(filter: FlowFilter): Promise<readonly FlowRecord[]>;
  leases(): readonly LeaseRecord[];
  dns(): DnsRecord;
  /** In the order of the configuration. */
  egress(): Promise<readonly EgressRecord[]>;
  /** As they are in force, in the order of evaluation. */
  rules(): readonly PolicyRule[];
  lists(): readonly PolicyList[];
  categories(): readonly CategoryRecord[];
  applicationTypes(): ReadonlyArray<ApplicationTypeRecord | ApplicationRecord>;
  /**
   * Follows decisions, and packets if they are wanted, until it is stopped or the gateway ends. Throws GatewayError EREFUSED
   * while somebody else does.
   */
  trace(request: TraceRequest, listener: TraceListener): Trace;
  /** What would happen to a connection; nothing is sent and no lease is made. */
  explain(query: ExplainQuery): Promise<Explanation>;
  /** Reads configuration and policy again. Throws ConfigError, and then everything stays as it was. */
  reload(): Promise<ReloadReport>;
}

export interface GatewayStatus {
  readonly version: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly uptimeMs: number;
  /** Absolute path. */
  readonly configFile: string;
  readonly policy: {
    readonly file: string | null;
    readonly rules: number;
    readonly loadedAt: string | null;
  };
  readonly traffic: {
    readonly packetsOut: number;
    readonly bytesOut: number;
    readonly packetsIn: number;
    readonly bytesIn: number;
  };
  readonly flows: { readonly live: number; readonly opened: number; readonly capacity: number };
  /** What each thread that carries packets does of it. */
  readonly workers: readonly WorkerStatus[];
  readonly leases: {
    readonly used: number;
    readonly quarantined: number;
    readonly capacity: number;
    /** Whether they are on disk; while they are not, new names get one of a few spare addresses. */
    readonly isKept: boolean;
  };
  /** Bytes: resident of the whole process; heap and what hangs on it of the control thread alone. */
  readonly memory: { readonly rss: number; readonly heapUsed: number; readonly external: number };
  readonly resolver: {
    readonly queries: number;
    readonly synthesized: number;
    readonly failed: number;
  };
  readonly egress: {
    readonly up: number;
    readonly down: number;
    readonly unproven: number;
    readonly resting: number;
  };
  /** Null: flows are not logged. Lines since the start, and what found no room, in a worker or on the disk. */
  readonly flowLog: { readonly path: string; readonly lines: number; readonly lost: number } | null;
  /** Packets that fell, by `DropReason`; reasons that never occurred are left out. */
  readonly drops: Readonly<Record<string, number>>;
  /**
   * Packets the guard caught on their way out with a source that is no egress address, or to a private destination.
   * Anything but 0 is a fault of the gateway or of another program on this host.
   */
  readonly violations: number;
}

export interface WorkerStatus {
  /** Live. */
  readonly flows: number;
  readonly packetsOut: number;
  readonly packetsIn: number;
}

export type FlowProtocol = 'tcp' | 'udp' | 'icmp';

export interface FlowFilter {
  /** Source address of the client. */
  readonly client?: string | undefined;
  /** The name itself, or a parent domain of it. */
  readonly host?: string | undefined;
  /** Egress address. */
  readonly egress?: string | undefined;
  /** Id or name of the rule the flow was born with. */
  readonly rule?: string | undefined;
  readonly protocol?: FlowProtocol | undefined;
  /** Default 1000. */
  readonly limit?: number | undefined;
}

export interface Endpoint {
  readonly address: string;
  /** For ICMP the identifier of the echo. */
  readonly port: number;
}

export interface FlowRecord {
  readonly protocol: FlowProtocol;
  /** `established`, `syn-sent`, … for TCP; `unreplied` or `replied` otherwise. */
  readonly state: string;
  readonly client: Endpoint;
  /** E-mail of the user behind the client's address. */
  readonly user: string | null;
  /** The name the client meant; null for a connection to a literal address. */
  readonly host: string | null;
  /** What the client connected to: the synthetic address, or the literal one. */
  readonly destination: Endpoint;
  /** Where it really goes. */
  readonly real: Endpoint;
  /** The source it leaves with. */
  readonly egress: Endpoint;
  readonly uplink: string;
  /** The rule the flow was born with; null when none matched. */
  readonly rule: { readonly id: string; readonly name: string } | null;
  readonly method: EgressMethod;
  readonly role: EgressRole;
  readonly ageMs: number;
  readonly idleMs: number;
  readonly packetsOut: number;
  readonly packetsIn: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
}

export type EgressMethod = 'default' | 'dedicated';

/** `secondary` means that the address meant first was out of service. */
export type EgressRole = 'primary' | 'secondary' | 'default';

export interface LeaseRecord {
  readonly host: string;
  readonly ipv4: string | null;
  readonly ipv6: string | null;
  /** Empty until the family was asked for. */
  readonly real4: readonly string[];
  readonly real6: readonly string[];
  readonly expiresAt: string | null;
  readonly flows: number;
}

export interface DnsRecord {
  readonly cache: { readonly entries: number; readonly bytes: number };
  /** In the order of the configuration, those of forwarded domains last. */
  readonly upstreams: readonly UpstreamRecord[];
  /** The newest first. */
  readonly failures: ReadonlyArray<{
    readonly host: string;
    readonly type: string;
    readonly reason: string;
    readonly at: string;
    readonly times: number;
  }>;
  /** Since the start, by name. */
  readonly counters: Readonly<Record<string, number>>;
}

export interface UpstreamRecord {
  /** Such as `192.0.2.53:53` or `tls://192.0.2.53:853#dns.example`. */
  readonly server: string;
  /** Empty: everything that is not forwarded elsewhere. */
  readonly domains: readonly string[];
  readonly answers: number;
  /** Smoothed; null until it has answered. */
  readonly answerMs: number | null;
  /** In a row; 0 when it answers. */
  readonly failures: number;
  readonly lastFailure: { readonly reason: string; readonly at: string } | null;
}

export interface EgressRecord {
  /** An address, or a prefix for IPv6. */
  readonly address: string;
  readonly uplink: string;
  readonly location: string | null;
  readonly health: 'up' | 'down' | 'unproven' | 'resting';
  /** What the last probes or connections showed, in words. */
  readonly reason: string;
  readonly since: string | null;
  readonly isDefault: boolean;
  /** Also an address of the host itself, which keeps some ports (see docs/configuration.md). */
  readonly isShared: boolean;
  readonly flows: number;
  /**
   * External ports in use, of those that can be; `shared` TCP mappings have a port together with others, which begins when
   * four fifths are in use.
   */
  readonly ports: { readonly used: number; readonly shared: number; readonly capacity: number };
  /** Ids of the rules that name it. */
  readonly rules: readonly string[];
}

export interface CategoryRecord {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly class: 'free' | 'premium' | 'blocked' | 'removalPending' | 'noBlock';
  readonly beta: boolean;
  readonly subcategories: readonly CategoryRecord[];
}

export interface ApplicationTypeRecord {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly created_at: string;
}

export interface ApplicationRecord {
  readonly id: number;
  readonly name: string;
  readonly application_type_id: number;
  readonly created_at: string;
}

export interface ReloadReport {
  readonly rules: number;
  readonly lists: number;
  /** Keys of the configuration that changed but take effect at the next start only. */
  readonly needRestart: readonly string[];
  readonly warnings: readonly string[];
}
