/**
 * The least network a device can be tried in, raised and removed by the test that uses it:
 *
 *      sg-dev-<pid>-g                                   sg-dev-<pid>-n
 *      the gateway, its own client                      the internet
 *      tun0 10.9.0.1, fd09::1 ─ forwarder ─ up0 ─────── eth0 10.9.0.2, fd09::2
 *
 * What comes in at up0 is dropped by nftables after the packet socket has seen it, as on a real gateway. Neighbours
 * are static, and nothing in here talks by itself.
 */
import { run, tryRun } from '../lab/command.ts';
import { awaitLink } from './link-state.ts';

export const NAMESPACES = {
  gateway: `sg-dev-${process.pid}-g`,
  internet: `sg-dev-${process.pid}-n`,
} as const;
export const UPLINK_MAC = '02:00:00:00:00:01';
export const PEER_MAC = '02:00:00:00:00:02';

const QUIET = ['all', 'default'].flatMap((scope) => [
  `net.ipv4.conf.${scope}.rp_filter=0`,
  `net.ipv6.conf.${scope}.accept_dad=0`,
  `net.ipv6.conf.${scope}.router_solicitations=0`,
  `net.ipv6.conf.${scope}.accept_ra=0`,
]);

export function raise(): void {
  const { gateway, internet } = NAMESPACES;
  for (const name of [gateway, internet]) {
    run(['ip', 'netns', 'add', name]);
    inside(name, ['sysctl', '-qw', ...QUIET, 'net.ipv4.ping_group_range=0 2147483647']);
    inside(name, ['ip', 'link', 'set', 'lo', 'up']);
  }
  addUplink();
}

/** Ends what still runs inside as well, such as a server whose client never came. */
export function remove(): void {
  for (const name of Object.values(NAMESPACES)) {
    for (const pid of tryRun(['ip', 'netns', 'pids', name]).stdout.split('\n').filter(Boolean))
      tryRun(['kill', '-KILL', pid]);
    tryRun(['ip', 'netns', 'delete', name]);
  }
}

function addUplink(): void {
  ipBatch(NAMESPACES.gateway, [
    `link add up0 address ${UPLINK_MAC} type veth peer name eth0 address ${PEER_MAC} netns ${NAMESPACES.internet}`,
    'link set up0 up',
  ]);
  ipBatch(NAMESPACES.internet, [
    'link set eth0 up',
    'addr add 10.9.0.2/24 dev eth0',
    'addr add fd09::2/64 dev eth0 nodad',
    `neigh replace 10.9.0.1 lladdr ${UPLINK_MAC} dev eth0`,
    `neigh replace fd09::1 lladdr ${UPLINK_MAC} dev eth0`,
  ]);
  awaitUplink();
  nft('table netdev ingress { chain up0 { type filter hook ingress device up0 priority 0; policy drop; }; }');
}

export function awaitUplink(): void {
  awaitLink(['ip', '-n', NAMESPACES.gateway], 'up0');
  awaitLink(['ip', '-n', NAMESPACES.internet], 'eth0');
}

/** Gives tun0, which the forwarder has made, its addresses. */
export function configureTun(): void {
  ipBatch(NAMESPACES.gateway, [
    'link set tun0 up',
    'addr replace 10.9.0.1/24 dev tun0',
    'addr replace fd09::1/64 dev tun0 nodad',
  ]);
  awaitLink(['ip', '-n', NAMESPACES.gateway], 'tun0');
}

export function ipBatch(namespace: string, commands: readonly string[]): void {
  run(['ip', '-n', namespace, '-batch', '-'], { input: `${commands.join('\n')}\n` });
}

export function nft(commands: string): void {
  run(['ip', 'netns', 'exec', NAMESPACES.gateway, 'nft', '-f', '-'], { input: `${commands}\n` });
}

export function inside(namespace: string, command: readonly string[]): string {
  return run(['ip', 'netns', 'exec', namespace, ...command]);
}
