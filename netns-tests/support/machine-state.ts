/** What the machine's own network namespace looks like, to show that nothing of it has changed. */
import { tryRun } from '../lab/command.ts';

/** Kernel settings a gateway might touch. */
const SYSCTLS = String.raw`^net\.ipv[46]\.(ip_forward|conf\..*\.(forwarding|rp_filter|proxy_arp|proxy_ndp|accept_ra|accept_local|route_localnet))$`;

/** Commands whose output together is the state; inside a namespace when one is named. */
const COMMANDS = {
  links: ['ip', '-o', 'link'],
  addresses: ['ip', '-o', 'addr'],
  rules4: ['ip', '-4', 'rule'],
  rules6: ['ip', '-6', 'rule'],
  routes4: ['ip', '-4', 'route', 'show', 'table', 'all'],
  routes6: ['ip', '-6', 'route', 'show', 'table', 'all'],
  nftables: ['nft', 'list', 'ruleset'],
  sysctls: ['sysctl', '-a', '-r', SYSCTLS],
} as const;

export type NetworkState = Readonly<Record<keyof typeof COMMANDS, string>>;

/** The state of a namespace, or of the machine's own; counters and life times left out. */
export function networkState(namespace?: string): NetworkState {
  const prefix = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace];
  const read = (what: keyof typeof COMMANDS): string =>
    withoutMovingParts(tryRun([...prefix, ...COMMANDS[what]]).stdout);
  return {
    links: read('links'),
    addresses: read('addresses'),
    rules4: read('rules4'),
    rules6: read('rules6'),
    routes4: read('routes4'),
    routes6: read('routes6'),
    nftables: read('nftables'),
    sysctls: read('sysctls'),
  };
}

function withoutMovingParts(output: string): string {
  return output
    .replace(/packets \d+ bytes \d+/g, 'packets N bytes N')
    .replace(/(expires|valid_lft|preferred_lft) \d+sec/g, '$1 N');
}
