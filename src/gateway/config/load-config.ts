/** Loads the configuration from its YAML file. */
import path from 'node:path';
import { ConfigError, type ConfigProblem } from '../../report/errors.ts';
import { type Address, type Prefix, parsePrefix } from '../../wire/address.ts';
import { checkConfig } from './check-config.ts';
import { checkShape, sortByPosition } from './check-shape.ts';
import type {
  Config,
  EgressConfig,
  LimitsConfig,
  ResolverConfig,
  SyntheticConfig,
  UplinkConfig,
} from './config.ts';
import { findWarnings } from './find-warnings.ts';
import { type ConfigFile, configSchema } from './schema.ts';
import { PUBLIC_RANGES } from './schema-names.ts';
import { readYamlSource } from './yaml-source.ts';

const DEFAULT_RANGES = { ipv4: '100.80.0.0/16', ipv6: '2606:4700:cf1:4000::/64' } as const;

/** Throws ConfigError with all problems and their positions. Nothing else on the host is read or changed. */
export function loadConfig(file: string): Config {
  return loadConfigWithWarnings(file).config;
}

/** As `loadConfig`, with warnings about settings that are valid but probably not intended. */
export function loadConfigWithWarnings(file: string): { config: Config; warnings: ConfigProblem[] } {
  const source = readYamlSource(path.resolve(file));
  const config = resolveConfig(source.file, checkShape(source, configSchema));
  const problems = checkConfig(config).map((finding) => source.problem(finding.path, finding.message));
  if (problems.length > 0) throw new ConfigError(sortByPosition(problems));
  const warnings = findWarnings(config).map((finding) => source.problem(finding.path, finding.message));
  return { config, warnings };
}

function resolveConfig(file: string, from: ConfigFile): Config {
  const runtimeDirectory = path.resolve(from.runtime_directory);
  const folder = path.dirname(file);
  const synthetic = resolveSynthetic(from.synthetic);
  return {
    file,
    tun: { name: from.tun.name, mtu: from.tun.mtu },
    onramps: from.onramps,
    uplinks: from.uplinks.map(resolveUplink),
    egress: resolveEgress(from.egress),
    synthetic,
    resolver: resolveResolver(folder, from.resolver, synthetic),
    api: { socket: path.resolve(folder, from.api.socket ?? path.join(runtimeDirectory, 'api.sock')) },
    metrics: { listen: from.metrics.listen },
    runtimeDirectory,
    storeFile: path.resolve(folder, from.store.path),
    policyFile: resolveOptional(folder, from.policy),
    expressions: resolveExpressions(from.expressions),
    geolocation: {
      database: resolveOptional(folder, from.geolocation.database),
      torExits: resolveOptional(folder, from.geolocation.tor_exits),
    },
    limits: resolveLimits(from.limits),
    log: from.log,
    flowLog: from.flow_log && {
      path: path.resolve(folder, from.flow_log.path),
      starts: from.flow_log.starts,
    },
  };
}

function resolveUplink(from: ConfigFile['uplinks'][number]): UplinkConfig {
  return {
    name: from.name,
    interface: from.interface,
    nextHop4: from.next_hop4,
    nextHop6: from.next_hop6,
    allowDestinations: from.allow_destinations,
    hostPorts: from.host_ports,
    mssClamp: from.mss_clamp,
  };
}

function resolveResolver(
  folder: string,
  from: ConfigFile['resolver'],
  synthetic: SyntheticConfig,
): ResolverConfig {
  return {
    listen: from.listen ?? firstAddresses(synthetic),
    upstreams: from.upstreams,
    upstreamChoice: from.upstream_choice,
    forward: from.forward,
    randomizeCase: from.randomize_case,
    authorities: resolveOptional(folder, from.authorities),
    queryLog: from.query_log,
    allowPrivate: from.allow_private,
    synthesize: from.synthesize,
    exempt: from.exempt,
    matchCnameTargets: from.match_cname_targets,
    blockReply: from.block_reply,
  };
}

function resolveExpressions(from: ConfigFile['expressions']): Config['expressions'] {
  return {
    mode: from.mode,
    limits: {
      nestingDepth: from.nesting,
      expressionBytes: from.bytes,
      patternLength: from.regex_length,
    },
  };
}

function resolveLimits(limits: ConfigFile['limits']): LimitsConfig {
  const { flows, workers, client, list_bytes: listBytes } = limits;
  const { flow_rate: flowRate, flow_burst: flowBurst } = client;
  return {
    flows,
    workers,
    client: { flows: client.flows, ports: client.ports, flowRate, flowBurst },
    listBytes,
  };
}

function resolveOptional(folder: string, file: string | undefined): string | undefined {
  return file === undefined ? undefined : path.resolve(folder, file);
}

function resolveEgress(from: ConfigFile['egress']): EgressConfig {
  const { probe } = from;
  return {
    addresses: from.addresses.map(({ address, uplink, location }) => ({ prefix: address, uplink, location })),
    defaultIpv4: from.default.ipv4,
    defaultIpv6: from.default.ipv6,
    probe: probe && {
      targets: probe.targets,
      intervalMs: probe.interval,
      timeoutMs: probe.timeout,
      failAfter: probe.fail_after,
      recoverAfter: probe.recover_after,
    },
  };
}

/** An explicit range overrides the preset, which overrides the default; null disables a family. */
function resolveSynthetic(from: ConfigFile['synthetic']): SyntheticConfig {
  const ranges = from.preset === 'public-ranges' ? PUBLIC_RANGES : DEFAULT_RANGES;
  const choose = (named: Prefix | null | undefined, otherwise: string) =>
    named === undefined ? parsePrefix(otherwise) : (named ?? undefined);
  return {
    ipv4: choose(from.ipv4, ranges.ipv4),
    ipv6: choose(from.ipv6, ranges.ipv6),
    leaseMs: from.lease,
    quarantineMs: from.quarantine,
    leaseScope: from.lease_scope,
    ttlSeconds: Math.floor(from.ttl / 1000),
  };
}

/** The first host address of each range, such as 100.80.0.1 of 100.80.0.0/16, which the pool never leases. */
function firstAddresses({ ipv4, ipv6 }: SyntheticConfig): Address[] {
  return [ipv4, ipv6]
    .filter((range) => range !== undefined)
    .map(({ address }) => address.map((byte, index) => (index === address.length - 1 ? byte | 1 : byte)));
}
