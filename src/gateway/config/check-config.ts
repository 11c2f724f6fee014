/**
 * Checks what the schema cannot: names that must exist or be unique, ranges that must not overlap. A mistake here
 * would otherwise show up as packets silently taking a wrong path (row A3).
 */
import { quoteValue } from '../../report/describe-fault.ts';
import { SHORTEST_LEASE_MS } from '../../synthetic/lease-pool-options.ts';
import { LONGEST_IPV6_PREFIX, SHORTEST_IPV4_PREFIX } from '../../synthetic/synthetic-range.ts';
import {
  formatAddress,
  formatPrefix,
  type Prefix,
  prefixContains,
  prefixesOverlap,
} from '../../wire/address.ts';
import type { Config } from './config.ts';
import type { FieldPath } from './yaml-source.ts';

/** Something wrong with the field at `path`. */
export interface Finding {
  readonly path: FieldPath;
  readonly message: string;
}

/** A stretch of addresses and the field that claims it. */
interface Claim {
  readonly path: FieldPath;
  readonly what: string;
  readonly prefix: Prefix;
}

/** Everything that keeps the configuration from working; empty when it is sound. */
export function checkConfig(config: Config): Finding[] {
  return [
    ...checkNames(config),
    ...checkInterfaces(config),
    ...checkEgress(config),
    ...checkSynthetic(config),
    ...checkClaims(config),
    ...checkHosts(config),
    ...checkForward(config),
    ...checkMetrics(config),
  ];
}

function checkNames(config: Config): Finding[] {
  return [
    ...findRepeats(config.onramps.map(({ name }, index) => [name, ['onramps', index, 'name']] as const)),
    ...findRepeats(config.uplinks.map(({ name }, index) => [name, ['uplinks', index, 'name']] as const)),
  ];
}

/** One interface has one part to play: a packet on it is a client's, the internet's, or on its way to the datapath. */
function checkInterfaces(config: Config): Finding[] {
  return findRepeats([
    [config.tun.name, ['tun', 'name']],
    ...config.onramps.map((onramp, index) => [onramp.interface, ['onramps', index, 'interface']] as const),
    ...config.uplinks.map((uplink, index) => [uplink.interface, ['uplinks', index, 'interface']] as const),
  ]);
}

function findRepeats(named: ReadonlyArray<readonly [string, FieldPath]>): Finding[] {
  const seen = new Set<string>();
  return named.flatMap(([name, path]) => {
    if (seen.has(name)) return [{ path, message: `Cannot use ${quoteValue(name)}: it is already taken` }];
    seen.add(name);
    return [];
  });
}

function checkEgress({ egress, uplinks }: Config): Finding[] {
  const names = uplinks.map(({ name }) => name);
  const findings: Finding[] = egress.addresses.flatMap(({ uplink }, index) => {
    if (names.includes(uplink)) return [];
    const message = `Cannot use ${quoteValue(uplink)}: there is no such uplink, only ${names.join(', ')}`;
    return [{ path: ['egress', 'addresses', index, 'uplink'], message }];
  });
  const { probe } = egress;
  if (probe !== undefined && probe.timeoutMs > probe.intervalMs) {
    const message = `Cannot use ${probe.timeoutMs} ms: the next round begins after ${probe.intervalMs} ms`;
    findings.push({ path: ['egress', 'probe', 'timeout'], message });
  }
  const ipv4 = egress.defaultIpv4;
  const isKnown = (wanted: Prefix) =>
    egress.addresses.some(
      ({ prefix }) => prefix.length <= wanted.length && prefixContains(prefix, wanted.address),
    );
  if (ipv4 !== undefined && !isKnown({ address: ipv4, length: 32 })) {
    const message = `Cannot use "${formatAddress(ipv4)}": it is not one of egress.addresses`;
    findings.push({ path: ['egress', 'default', 'ipv4'], message });
  }
  if (egress.defaultIpv6 !== undefined && !isKnown(egress.defaultIpv6)) {
    const message = `Cannot use "${formatPrefix(egress.defaultIpv6)}": it is not one of egress.addresses`;
    findings.push({ path: ['egress', 'default', 'ipv6'], message });
  }
  return findings;
}

/** A pool of fewer addresses than a busy page has names would only ever be exhausted. */
const LONGEST_IPV4 = 28;

function checkSynthetic({ synthetic }: Config): Finding[] {
  const { ipv4, ipv6, leaseMs, ttlSeconds } = synthetic;
  const findings: Finding[] = [];
  const add = (key: string, message: string) => findings.push({ path: ['synthetic', key], message });
  if (ipv4 === undefined && ipv6 === undefined)
    add('ipv4', 'Cannot use null: ipv6 is null as well, so no name could be answered');
  if (ipv4 !== undefined && (ipv4.length < SHORTEST_IPV4_PREFIX || ipv4.length > LONGEST_IPV4)) {
    const wanted = `a range from /${SHORTEST_IPV4_PREFIX} to /${LONGEST_IPV4} is needed`;
    add('ipv4', `Cannot use "${formatPrefix(ipv4)}": ${wanted}`);
  }
  if (ipv6 !== undefined && ipv6.length > LONGEST_IPV6_PREFIX) {
    add('ipv6', `Cannot use "${formatPrefix(ipv6)}": a /${LONGEST_IPV6_PREFIX} or larger is needed`);
  }
  if (leaseMs < SHORTEST_LEASE_MS)
    add('lease', `Cannot use ${leaseMs / 1000} s: at least ${SHORTEST_LEASE_MS / 1000} s are needed`);
  if (ttlSeconds * 1000 > leaseMs) {
    add('ttl', `Cannot use ${ttlSeconds} s: an answer would outlive its lease of ${leaseMs / 1000} s`);
  }
  return findings;
}

/** Clients, egress addresses and synthetic ranges are told apart by address alone, so no two of them may meet. */
function checkClaims(config: Config): Finding[] {
  const claims = listClaims(config);
  return claims.flatMap((claim, index) => {
    const other = claims.slice(0, index).find(({ prefix }) => prefixesOverlap(prefix, claim.prefix));
    if (other === undefined) return [];
    const met = `it overlaps ${formatPrefix(other.prefix)}, ${other.what}`;
    return [{ path: claim.path, message: `Cannot use "${formatPrefix(claim.prefix)}": ${met}` }];
  });
}

function listClaims({
  synthetic,
  onramps,
  egress,
}: Pick<Config, 'synthetic' | 'onramps' | 'egress'>): Claim[] {
  const claims: Claim[] = [];
  const { ipv4, ipv6 } = synthetic;
  if (ipv4 !== undefined)
    claims.push({ path: ['synthetic', 'ipv4'], what: 'the synthetic IPv4 range', prefix: ipv4 });
  if (ipv6 !== undefined)
    claims.push({ path: ['synthetic', 'ipv6'], what: 'the synthetic IPv6 range', prefix: ipv6 });
  for (const [index, onramp] of onramps.entries()) {
    for (const [position, prefix] of onramp.clients.entries()) {
      claims.push({
        path: ['onramps', index, 'clients', position],
        what: `clients of on-ramp ${onramp.name}`,
        prefix,
      });
    }
  }
  for (const [index, { prefix }] of egress.addresses.entries()) {
    claims.push({ path: ['egress', 'addresses', index, 'address'], what: 'an egress address', prefix });
  }
  return claims;
}

/** Single hosts that must be somewhere real: a next hop, a resolver or a probe target inside a synthetic range is not. */
function checkHosts(config: Config): Finding[] {
  const { uplinks, resolver, egress, synthetic } = config;
  const ranges = [synthetic.ipv4, synthetic.ipv6].filter((range) => range !== undefined);
  const hosts = [
    ...uplinks.flatMap(({ nextHop4, nextHop6 }, index) => [
      { address: nextHop4, path: ['uplinks', index, 'next_hop4'] },
      { address: nextHop6, path: ['uplinks', index, 'next_hop6'] },
    ]),
    ...resolver.upstreams.map(({ address }, index) => ({ address, path: ['resolver', 'upstreams', index] })),
    ...resolver.forward.flatMap(({ upstreams }, zone) =>
      upstreams.map(({ address }, index) => ({
        address,
        path: ['resolver', 'forward', zone, 'upstreams', index],
      })),
    ),
    ...(egress.probe?.targets ?? []).map(({ address }, index) => ({
      address,
      path: ['egress', 'probe', 'targets', index],
    })),
  ];
  const inSynthetic = hosts.flatMap(({ address, path }) =>
    address !== undefined && ranges.some((range) => prefixContains(range, address))
      ? [{ path, message: `Cannot use "${formatAddress(address)}": it lies in a synthetic range` }]
      : [],
  );
  return [...inSynthetic, ...checkListen(config)];
}

function checkListen({ resolver, egress, onramps }: Config): Finding[] {
  const taken = [
    ...egress.addresses.map(({ prefix }) => prefix),
    ...onramps.flatMap(({ clients }) => clients),
  ];
  const listen = resolver.listen.map((address, index) => ({ address, path: ['resolver', 'listen', index] }));
  const meeting = listen.flatMap(({ address, path }) =>
    taken.some((prefix) => prefixContains(prefix, address))
      ? [{ path, message: `Cannot use "${formatAddress(address)}": it is an egress or a client address` }]
      : [],
  );
  return [...meeting, ...findRepeats(listen.map(({ address, path }) => [formatAddress(address), path]))];
}

/** One domain has one place where it is asked for. */
function checkForward({ resolver }: Config): Finding[] {
  return findRepeats(
    resolver.forward.flatMap(({ domains }, zone) =>
      domains.map((domain, index) => [domain, ['resolver', 'forward', zone, 'domains', index]] as const),
    ),
  );
}

/** Clients and the internet are to have no way to the metrics, so they are served on one address that is neither's. */
function checkMetrics({ metrics, egress, onramps, synthetic }: Config): Finding[] {
  if (metrics.listen === undefined) return [];
  const { address } = metrics.listen;
  const refuse = (reason: string): Finding[] => [
    { path: ['metrics', 'listen'], message: `Cannot use "${formatAddress(address)}": ${reason}` },
  ];
  if (address.every((byte) => byte === 0)) return refuse('it means every address, those of uplinks too');
  const claims = listClaims({ egress, onramps, synthetic });
  const claim = claims.find(({ prefix }) => prefixContains(prefix, address));
  return claim === undefined ? [] : refuse(`it lies in ${formatPrefix(claim.prefix)}, ${claim.what}`);
}
