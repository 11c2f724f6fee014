/**
 * Checks that the addresses and ranges of a configuration do not conflict: a packet would otherwise silently take a wrong path
 * (row A3).
 */
import {
  formatAddress,
  formatPrefix,
  type Prefix,
  prefixContains,
  prefixesOverlap,
} from '../../wire/address.ts';
import type { Config } from './config.ts';
import { type Finding, findRepeats } from './finding.ts';
import type { FieldPath } from './yaml-source.ts';

export function checkAddresses(config: Config): Finding[] {
  return [...checkClaims(config), ...checkHosts(config), ...checkListen(config), ...checkMetrics(config)];
}

/** A range of addresses and the field that it is from. */
interface Claim {
  readonly path: FieldPath;
  /** What the range is, for error messages. */
  readonly what: string;
  readonly prefix: Prefix;
}

/** Clients, egress addresses and synthetic ranges are distinguished by address alone, so they must not overlap. */
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

/** Next hops, resolvers and probe targets must be real hosts, which none in a synthetic range is. */
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
  return hosts.flatMap(({ address, path }) =>
    address !== undefined && ranges.some((range) => prefixContains(range, address))
      ? [{ path, message: `Cannot use "${formatAddress(address)}": it lies in a synthetic range` }]
      : [],
  );
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

/** Metrics must not be reachable by clients or from the internet. */
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
