/**
 * The configuration as the gateway uses it: every default filled in, every text parsed into a value. `load-config.ts`
 * makes it from the YAML file and is the only place that does.
 */

import type { ClientLimitSettings } from '../../nat/client-limits.ts';
import type { ExpressionSettings } from '../../policy/language/expression.ts';
import type { BlockReply } from '../../resolver/answer/question-rules.ts';
import type { ForwardZone, UpstreamChoice, UpstreamServer } from '../../resolver/resolver-options.ts';
import type { Address, Prefix } from '../../wire/address.ts';

export interface Config {
  /** Absolute path of the file this came from; relative paths in it are taken from its folder. */
  readonly file: string;
  readonly tun: TunConfig;
  readonly onramps: readonly OnrampConfig[];
  readonly uplinks: readonly UplinkConfig[];
  readonly egress: EgressConfig;
  readonly synthetic: SyntheticConfig;
  readonly resolver: ResolverConfig;
  readonly api: ApiConfig;
  readonly metrics: MetricsConfig;
  /** Directory for what lasts until the next boot: the host's former sysctls, the lock. Default /run/syngate. */
  readonly runtimeDirectory: string;
  /** Absolute path of the SQLite file that keeps what must outlive a restart. */
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
  /** Bytes; undefined means the smallest MTU of the uplinks. */
  readonly mtu: number | undefined;
}

export interface OnrampConfig {
  readonly name: string;
  readonly interface: string;
  /** The addresses clients of this on-ramp may use; a packet from any other source is dropped. */
  readonly clients: readonly Prefix[];
}

export interface UplinkConfig {
  readonly name: string;
  readonly interface: string;
  /** Next hops; undefined means the default route of the main table through this interface. */
  readonly nextHop4: Address | undefined;
  readonly nextHop6: Address | undefined;
  /** Private or shared destinations that may leave here all the same (row A1). */
  readonly allowDestinations: readonly Prefix[];
  /** TCP ports on which the host itself may be reached at an egress address that is also its own, such as 22. */
  readonly hostPorts: readonly number[];
  /** The largest segment size that a SYN may announce: what fits the MTUs, as it is, or bytes. */
  readonly mssClamp: 'auto' | 'off' | number;
}

export interface EgressAddressConfig {
  /** A host prefix for IPv4; any length for IPv6. */
  readonly prefix: Prefix;
  /** Name of an uplink. */
  readonly uplink: string;
  readonly location: string | undefined;
}

export interface EgressConfig {
  /** Dedicated and default addresses alike. */
  readonly addresses: readonly EgressAddressConfig[];
  /** What the default egress method uses; each is one of `addresses`. */
  readonly defaultIpv4: Address | undefined;
  readonly defaultIpv6: Prefix | undefined;
  readonly probe: ProbeConfig | undefined;
}

export interface ProbeTarget {
  readonly protocol: 'icmp' | 'tcp';
  readonly address: Address;
  /** 0 for icmp. */
  readonly port: number;
}

export interface ProbeConfig {
  readonly targets: readonly ProbeTarget[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Consecutive failed rounds until an address is down, and good ones until it is up again. */
  readonly failAfter: number;
  readonly recoverAfter: number;
}

export interface SyntheticConfig {
  readonly ipv4: Prefix | undefined;
  readonly ipv6: Prefix | undefined;
  /** How long a lease lasts after it was last answered, used or held by an open flow. */
  readonly leaseMs: number;
  /** How long an address rests before it may mean another name. */
  readonly quarantineMs: number;
  /** `client`: an address works only for clients that were answered with it. */
  readonly leaseScope: 'network' | 'client';
  /** The most an answer's TTL may say. */
  readonly ttlSeconds: number;
}

export type UpstreamConfig = UpstreamServer;

export interface ResolverConfig {
  /** The addresses of the TUN on which DNS is served; default the first of each synthetic range (.1 and ::1). */
  readonly listen: readonly Address[];
  readonly upstreams: readonly UpstreamConfig[];
  readonly upstreamChoice: UpstreamChoice;
  /** Domains with upstreams of their own. */
  readonly forward: readonly ForwardZone[];
  /** Whether plain questions go out in random case. */
  readonly randomizeCase: boolean;
  /** Absolute path of a PEM file with authorities that upstreams' certificates may come from besides the well-known ones. */
  readonly authorities: string | undefined;
  /** Whether each question and its answer are logged. */
  readonly queryLog: boolean;
  /** Private destinations that public names may resolve to all the same. */
  readonly allowPrivate: readonly Prefix[];
  /** `matched`: only names that some rule can tell from others. */
  readonly synthesize: 'all' | 'matched';
  /** Domains that keep their real addresses, in lower case, names below them included. */
  readonly exempt: readonly string[];
  /** Whether egress and network rules are held against the CNAME targets behind a name too. */
  readonly matchCnameTargets: boolean;
  /** What a name that a DNS rule blocks is answered with. */
  readonly blockReply: BlockReply;
}

export interface ApiConfig {
  readonly socket: string;
}

export interface MetricsConfig {
  /** Where they are served over TCP, besides the API; undefined: nowhere. */
  readonly listen: TcpEndpoint | undefined;
}

export interface TcpEndpoint {
  readonly address: Address;
  readonly port: number;
}

/** Absolute paths. */
export interface GeolocationConfig {
  /** A country database (MMDB); undefined means the built-in one. */
  readonly database: string | undefined;
  /** A list of the exits of the Tor network. */
  readonly torExits: string | undefined;
}

export interface LimitsConfig {
  /** Most flows alive at one time. */
  readonly flows: number;
  /** Threads that carry packets. */
  readonly workers: number;
  /** What one client may have of them. */
  readonly client: ClientLimitSettings;
  /** Most bytes of the CSV file of a list. */
  readonly listBytes: number;
}

export interface LogConfig {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
}

export interface FlowLogConfig {
  /** Absolute path of the file that lines are appended to. */
  readonly path: string;
  /** Whether a flow has a line when it begins, besides the one when it ends. */
  readonly starts: boolean;
}
