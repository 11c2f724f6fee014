/**
 * The configuration as the gateway uses it: with all defaults filled in and all texts parsed into values. Made only by
 * `load-config.ts`, from the YAML file.
 */

import type { ProbeTarget } from '../../egress/prober.ts';
import type { ClientLimitSettings } from '../../nat/client-limits.ts';
import type { ExpressionSettings } from '../../policy/language/expression.ts';
import type { BlockReply } from '../../resolver/answer/question-rules.ts';
import type { ForwardZone, UpstreamChoice, UpstreamServer } from '../../resolver/resolver-options.ts';
import type { Address, Prefix } from '../../wire/address.ts';

export interface Config {
  /** Absolute path of the file, to whose folder relative paths in it refer. */
  readonly file: string;
  readonly tun: TunConfig;
  readonly onramps: readonly OnrampConfig[];
  readonly uplinks: readonly UplinkConfig[];
  readonly egress: EgressConfig;
  readonly synthetic: SyntheticConfig;
  readonly resolver: ResolverConfig;
  readonly api: ApiConfig;
  readonly metrics: MetricsConfig;
  /** Directory for files that last until the next boot: the lock and the host's original sysctls. Default: /run/syngate. */
  readonly runtimeDirectory: string;
  /** Absolute path of the SQLite file, which holds what must survive a restart. */
  readonly storeFile: string;
  /** Absolute path of the policy file, if the configuration names one. */
  readonly policyFile: string | undefined;
  readonly expressions: ExpressionSettings;
  readonly geolocation: GeolocationConfig;
  readonly limits: LimitsConfig;
  readonly log: LogConfig;
  /** Undefined: flows are not logged. */
  readonly flowLog: FlowLogConfig | undefined;
}

export interface TunConfig {
  readonly name: string;
  /** In bytes; undefined: the smallest MTU of the uplinks. */
  readonly mtu: number | undefined;
}

export interface OnrampConfig {
  readonly name: string;
  readonly interface: string;
  /** The source addresses allowed on this on-ramp; packets from others are dropped. */
  readonly clients: readonly Prefix[];
}

export interface UplinkConfig {
  readonly name: string;
  readonly interface: string;
  /** Next hops; undefined: that of the default route through this interface in the main table. */
  readonly nextHop4: Address | undefined;
  readonly nextHop6: Address | undefined;
  /** Private or shared destinations that are nevertheless allowed (row A1). */
  readonly allowDestinations: readonly Prefix[];
  /** TCP ports, such as 22, on which the host itself is reachable at egress addresses that are also its own. */
  readonly hostPorts: readonly number[];
  /** Maximum segment size in SYNs: limited to what fits the MTUs, unchanged, or limited to a number of bytes. */
  readonly mssClamp: 'auto' | 'off' | number;
}

export interface EgressAddressConfig {
  /** A host prefix for IPv4, any prefix for IPv6. */
  readonly prefix: Prefix;
  /** Name of an uplink. */
  readonly uplink: string;
  readonly location: string | undefined;
}

export interface EgressConfig {
  /** Dedicated and default addresses alike. */
  readonly addresses: readonly EgressAddressConfig[];
  /** The addresses of the default egress method; each is one of `addresses` or within one. */
  readonly defaultIpv4: Address | undefined;
  readonly defaultIpv6: Prefix | undefined;
  readonly probe: ProbeConfig | undefined;
}

export interface ProbeConfig {
  readonly targets: readonly ProbeTarget[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Consecutive failed rounds until an address is down, and successful ones until it is up again. */
  readonly failAfter: number;
  readonly recoverAfter: number;
}

export interface SyntheticConfig {
  readonly ipv4: Prefix | undefined;
  readonly ipv6: Prefix | undefined;
  /** How long a lease lasts after it was last answered or used, or after its last flow ended. */
  readonly leaseMs: number;
  /** How long an address rests before it may stand for another name. */
  readonly quarantineMs: number;
  /** `client`: an address is valid only for clients that received it in an answer. */
  readonly leaseScope: 'network' | 'client';
  /** Maximum TTL of answers. */
  readonly ttlSeconds: number;
}

export type UpstreamConfig = UpstreamServer;

export interface ResolverConfig {
  /** Addresses of the TUN on which DNS is served. Default: the first of each synthetic range (.1 and ::1). */
  readonly listen: readonly Address[];
  readonly upstreams: readonly UpstreamConfig[];
  readonly upstreamChoice: UpstreamChoice;
  /** Domains with upstreams of their own. */
  readonly forward: readonly ForwardZone[];
  /** Whether unencrypted questions are sent in random letter case. */
  readonly randomizeCase: boolean;
  /** Absolute path of a PEM file of certificate authorities to trust for upstreams in addition to the well-known ones. */
  readonly authorities: string | undefined;
  /** Whether questions are logged with their answers. */
  readonly queryLog: boolean;
  /** Private addresses that public names may nevertheless resolve to. */
  readonly allowPrivate: readonly Prefix[];
  /** `matched`: only names that some rule could treat differently from their real addresses. */
  readonly synthesize: 'all' | 'matched';
  /** Domains, in lower case and including all names below, that are answered with their real addresses. */
  readonly exempt: readonly string[];
  /** Whether egress and network rules also match the CNAME targets of a name. */
  readonly matchCnameTargets: boolean;
  /** The answer for names that a DNS rule blocks. */
  readonly blockReply: BlockReply;
}

export interface ApiConfig {
  readonly socket: string;
}

export interface MetricsConfig {
  /** Where metrics are served over TCP, in addition to the API; undefined: nowhere. */
  readonly listen: TcpEndpoint | undefined;
}

export interface TcpEndpoint {
  readonly address: Address;
  readonly port: number;
}

/** Absolute paths. */
export interface GeolocationConfig {
  /** A country database (MMDB); undefined: the built-in one. */
  readonly database: string | undefined;
  /** A list of Tor exits. */
  readonly torExits: string | undefined;
}

export interface LimitsConfig {
  /** Maximum number of live flows. */
  readonly flows: number;
  /** Number of worker threads. */
  readonly workers: number;
  /** Limits per client. */
  readonly client: ClientLimitSettings;
  /** Maximum size of a list's CSV file in bytes. */
  readonly listBytes: number;
}

export interface LogConfig {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
}

export interface FlowLogConfig {
  /** Absolute path of the file. */
  readonly path: string;
  /** Whether a line is written when a flow begins, in addition to the one when it ends. */
  readonly starts: boolean;
}
