/** Finds valid settings with surprising effects, which `syngate check` and the log at start show as warnings. */
import {
  formatAddress,
  formatPrefix,
  type Prefix,
  prefixContains,
  prefixesOverlap,
} from '../../wire/address.ts';
import { LOOPBACK, prefixesOf } from '../../wire/special-purpose.ts';
import { needsAllowing } from '../host/private-destinations.ts';
import type { Config } from './config.ts';
import type { Finding } from './finding.ts';

/** The local network according to Chrome 142 and later: public pages need the user's permission to fetch from there. */
const CHROME_LOCAL = prefixesOf(
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
);

export function findWarnings(config: Config): Finding[] {
  return [
    ...warnOfLocalRanges(config),
    ...warnOfMissingDefault(config),
    ...warnOfMissingProbe(config),
    ...warnOfOpenMetrics(config),
    ...warnOfUnreachableServers(config),
  ];
}

/** If only one range is local, pages fail intermittently, depending on the address family in use (docs/configuration.md). */
function warnOfLocalRanges({ synthetic }: Config): Finding[] {
  const { ipv4, ipv6 } = synthetic;
  const local = [ipv4, ipv6].filter((range) => range !== undefined && isLocal(range));
  const range = local[0];
  if (range === undefined) return [];
  const isSplit = local.length === 1 && ipv4 !== undefined && ipv6 !== undefined;
  const effect = isSplit
    ? 'while the other range is public to it, so pages that fetch from both will fail on and off'
    : 'so it asks the user before a public page may fetch from names answered there';
  const message =
    `${formatPrefix(range)} is local network to Chrome 142 and later, ${effect}; ` +
    '"preset: public-ranges" or the Chrome policy LocalNetworkAccessIpAddressSpaceOverrides avoids it';
  return [{ path: ['synthetic', range === ipv4 ? 'ipv4' : 'ipv6'], message }];
}

function isLocal(range: Prefix): boolean {
  return CHROME_LOCAL.some((local) => prefixesOverlap(local, range));
}

function warnOfMissingDefault({ egress }: Config): Finding[] {
  if (egress.defaultIpv4 !== undefined || egress.defaultIpv6 !== undefined) return [];
  const message = 'no default egress address: connections that no rule gives an address are dropped';
  return [{ path: ['egress', 'default'], message }];
}

function warnOfMissingProbe({ egress }: Config): Finding[] {
  if (egress.probe !== undefined) return [];
  return [
    {
      path: ['egress', 'probe'],
      message: 'no probe: a dead egress address is never replaced by its fallback',
    },
  ];
}

function warnOfOpenMetrics({ metrics }: Config): Finding[] {
  const { listen } = metrics;
  if (listen === undefined || LOOPBACK.some((prefix) => prefixContains(prefix, listen.address))) return [];
  const message = `whoever reaches ${formatAddress(listen.address)} can read the metrics: they are served without a password`;
  return [{ path: ['metrics', 'listen'], message }];
}

/** Only a warning, since the servers may be reachable through an interface that is not an uplink. */
function warnOfUnreachableServers({ resolver, egress, uplinks }: Config): Finding[] {
  const allowed = uplinks.flatMap(({ allowDestinations }) => allowDestinations);
  const servers = [
    ...resolver.upstreams.map(({ address }) => ({ path: ['resolver', 'upstreams'], address })),
    ...resolver.forward.flatMap(({ upstreams }) =>
      upstreams.map(({ address }) => ({ path: ['resolver', 'forward'], address })),
    ),
    ...(egress.probe?.targets ?? []).map(({ address }) => ({
      path: ['egress', 'probe', 'targets'],
      address,
    })),
  ];
  return servers
    .filter(
      ({ address }) => needsAllowing(address) && !allowed.some((prefix) => prefixContains(prefix, address)),
    )
    .map(({ path, address }) => ({
      path,
      message: `${formatAddress(address)} is private, and allow_destinations of no uplink has it: nothing is sent there by an uplink`,
    }));
}
