/** Finds settings that work but may surprise: shown by `syngate check` and at start, never a reason to refuse. */
import {
  formatAddress,
  formatPrefix,
  type Prefix,
  parsePrefix,
  prefixContains,
  prefixesOverlap,
} from '../../wire/address.ts';
import { needsAllowing } from '../host/private-destinations.ts';
import type { Finding } from './check-config.ts';
import type { Config } from './config.ts';

/** What Chrome 142 and later count as the local network: a public page must ask before it may fetch from there. */
const CHROME_LOCAL = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
]
  .map(parsePrefix)
  .filter((prefix) => prefix !== undefined);

const LOOPBACK = ['127.0.0.0/8', '::1/128'].map(parsePrefix).filter((prefix) => prefix !== undefined);

export function findWarnings(config: Config): Finding[] {
  return [
    ...warnOfLocalRanges(config),
    ...warnOfMissingDefault(config),
    ...warnOfMissingProbe(config),
    ...warnOfOpenMetrics(config),
    ...warnOfUnreachableServers(config),
  ];
}

/** With one range local and the other public, pages fail on and off, by the family that won (docs/configuration.md). */
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

/** They may stand behind an interface that is no uplink, so it is only likely that the guard is in their way. */
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
