/** Raises and removes the lab's namespaces, cables, addresses and routes. The machine's own namespace gets no device. */
import { existsSync } from 'node:fs';
import { run, runIn, tryRun } from './command.ts';
import { ipv4Of, ipv6Of, PROBE_HOST, SITES } from './sites.ts';
import {
  CLIENT_ADDRESSES,
  CLIENTS,
  EGRESS,
  GATEWAY_LAN,
  GATEWAY_WAN,
  HOSTS,
  INTERNET,
  type Lab,
} from './topology.ts';

/** Nothing is left to what the machine happens to use: its sysctls are the defaults of every new namespace. */
const SYSCTLS = [
  'net.ipv4.ip_forward=0',
  'net.ipv6.conf.all.disable_ipv6=0',
  'net.ipv6.conf.default.disable_ipv6=0',
  'net.ipv6.conf.all.forwarding=0',
  'net.ipv4.conf.all.rp_filter=0',
  'net.ipv4.ping_group_range=0 2147483647',
  // Addresses are usable at once: no duplicate address detection, no waiting for routers.
  ...['all', 'default'].flatMap((scope) => [
    `net.ipv6.conf.${scope}.accept_dad=0`,
    `net.ipv6.conf.${scope}.dad_transmits=0`,
    `net.ipv6.conf.${scope}.accept_ra=0`,
    `net.ipv6.conf.${scope}.router_solicitations=0`,
  ]),
];

/** A hardened router filters strictly (RFC 3704): the gateway has to cope. */
const REVERSE_PATH_FILTER = { alice: 0, bob: 0, gw: 1, net: 0 } as const;

export function raiseNamespaces(lab: Lab): void {
  for (const host of HOSTS) {
    run(['ip', 'netns', 'add', lab.namespaces[host]]);
    const filter = `net.ipv4.conf.default.rp_filter=${REVERSE_PATH_FILTER[host]}`;
    runIn(lab, host, ['sysctl', '-qw', ...SYSCTLS, filter]);
  }
  batch(lab.namespaces.gw, gatewayCommands(lab));
  for (const client of CLIENTS) batch(lab.namespaces[client], clientCommands(client));
  batch(lab.namespaces.net, internetCommands());
}

export function namespacesExist(lab: Lab): boolean {
  return HOSTS.every((host) => existsSync(`/run/netns/${lab.namespaces[host]}`));
}

/** Ends every process inside the namespaces and deletes them; what is already gone is no error. */
export function removeNamespaces(lab: Lab): void {
  const names = HOSTS.map((host) => lab.namespaces[host]).filter((name) => existsSync(`/run/netns/${name}`));
  for (const name of names) {
    for (const pid of run(['ip', 'netns', 'pids', name]).split('\n').filter(Boolean)) {
      tryRun(['kill', '-KILL', pid]);
    }
  }
  for (const name of names) tryRun(['ip', 'netns', 'delete', name]);
}

function batch(namespace: string, commands: readonly string[]): void {
  run(['ip', '-n', namespace, '-batch', '-'], { input: `${commands.join('\n')}\n` });
}

function gatewayCommands(lab: Lab): string[] {
  return [
    'link set lo up',
    'link add lan0 type bridge',
    'link set lan0 up',
    ...CLIENTS.flatMap((client) => [
      `link add lan-${client} type veth peer name eth0 netns ${lab.namespaces[client]}`,
      `link set lan-${client} master lan0 up`,
    ]),
    `link add wan0 type veth peer name eth0 netns ${lab.namespaces.net}`,
    'link set wan0 up',
    `addr add ${GATEWAY_LAN.ipv4}/24 dev lan0`,
    `addr add ${GATEWAY_LAN.ipv6}/64 dev lan0 nodad`,
    `addr add ${GATEWAY_WAN.ipv4}/24 dev wan0`,
    `addr add ${GATEWAY_WAN.ipv6}/64 dev wan0 nodad`,
    `route add default via ${INTERNET.ipv4}`,
    `route add ::/0 via ${INTERNET.ipv6}`,
  ];
}

function clientCommands(client: 'alice' | 'bob'): string[] {
  const { ipv4, ipv6 } = CLIENT_ADDRESSES[client];
  return [
    'link set lo up',
    'link set eth0 up',
    `addr add ${ipv4}/24 dev eth0`,
    `addr add ${ipv6}/64 dev eth0 nodad`,
    `route add default via ${GATEWAY_LAN.ipv4}`,
    `route add ::/0 via ${GATEWAY_LAN.ipv6}`,
  ];
}

/** All egress ranges are on-link here, so the gateway has to answer ARP and ND for addresses it has not configured. */
function internetCommands(): string[] {
  const served = SITES.filter((site) => site.host !== PROBE_HOST);
  return [
    'link set lo up',
    'link set eth0 up',
    `addr add ${INTERNET.ipv4}/24 dev eth0`,
    'addr add 203.0.113.254/24 dev eth0',
    `addr add ${INTERNET.ipv6}/64 dev eth0 nodad`,
    `route add ${EGRESS.prefix6} dev eth0`,
    ...served.map((site) => `addr add ${ipv4Of(site)}/32 dev lo`),
    ...served.map((site) => `addr add ${ipv6Of(site)}/128 dev lo nodad`),
  ];
}
