/**
 * Puts a tunnel in the place of the lab's cable to the internet: `wan0` of the gateway's machine and `eth0` of the internet are
 * its ends then, under the names and with the addresses they had. It is a pair of TUNs, which every kernel has, or one of the
 * kernel's own tunnels over a cable of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { labEnvironment, run, runIn, tryRun, tryRunIn } from '../lab/command.ts';
import { installOracle } from '../lab/oracle.ts';
import { EGRESS, GATEWAY_WAN, INTERNET, type Lab } from '../lab/topology.ts';
import { waitUntil } from '../lab/wait.ts';

export type TunnelKind = keyof typeof KERNEL_TUNNELS | 'wireguard' | 'ppp' | 'tun';
type Ends = readonly [ipv4: string, ipv6: string];

const PROGRAM = path.join(import.meta.dirname, 'tun-tunnel.py');
/** Ends of the cable under a tunnel of the kernel's. */
const UNDER: Readonly<Record<'gw' | 'net', Ends>> = {
  gw: ['10.99.0.1', 'fd99::1'],
  net: ['10.99.0.2', 'fd99::2'],
};
/** What `ip link add` is told of each kind, with the addresses of its ends. All of them carry IPv4 and IPv6. */
const KERNEL_TUNNELS = {
  gre: ([own]: Ends, [other]: Ends) => `type gre local ${own} remote ${other} ttl 64`,
  ip6gre: ([, own]: Ends, [, other]: Ends) => `type ip6gre local ${own} remote ${other} hoplimit 64`,
  sit: ([own]: Ends, [other]: Ends) => `type sit mode any local ${own} remote ${other} ttl 64`,
  ip6tnl: ([, own]: Ends, [, other]: Ends) =>
    `type ip6tnl mode any local ${own} remote ${other} hoplimit 64 encaplimit none`,
} as const;
const WIREGUARD_PORT = '51820';
const PATIENCE_MS = 15_000;

/** A pair of TUNs; with SYNGATE_KERNEL_TUNNELS set also the kinds that this kernel has, with the programs that they need. */
export function kindsOfTunnel(): TunnelKind[] {
  if (process.env.SYNGATE_KERNEL_TUNNELS === undefined) return ['tun'];
  const place = `sg-kinds-${process.pid}`;
  run(['ip', 'netns', 'add', place]);
  try {
    const has = (what: string) => {
      const add = ['ip', '-n', place, 'link', 'add', 'try0', ...what.split(' ')];
      return tryRun(add).status === 0 && tryRun(['ip', '-n', place, 'link', 'del', 'try0']).status === 0;
    };
    const kinds = Object.entries(KERNEL_TUNNELS) as [
      keyof typeof KERNEL_TUNNELS,
      (own: Ends, other: Ends) => string,
    ][];
    return [
      'tun',
      ...kinds.filter(([, describe]) => has(describe(UNDER.gw, UNDER.net))).map(([kind]) => kind),
      ...(hasProgram('wg') && has('type wireguard') ? ['wireguard' as const] : []),
      ...(hasProgram('pppd') && existsSync('/dev/ppp') ? ['ppp' as const] : []),
    ];
  } finally {
    run(['ip', 'netns', 'del', place]);
  }
}

function hasProgram(name: string): boolean {
  return tryRun(['sh', '-c', `command -v ${name}`]).status === 0;
}

export class Tunnel {
  readonly #lab: Lab;
  readonly #kind: TunnelKind;
  readonly #mtu: number;
  #program: ReturnType<typeof spawn> | undefined;

  constructor(lab: Lab, kind: TunnelKind, mtu: number) {
    this.#lab = lab;
    this.#kind = kind;
    this.#mtu = mtu;
  }

  /** Resolves when both ends have their addresses and routes, and the oracle watches. */
  async lay(): Promise<void> {
    const { gw, net } = this.#lab.namespaces;
    if (this.#kind === 'tun') await this.#start(['python3', PROGRAM, gw, 'wan0', net, 'eth0']);
    else if (this.#kind === 'ppp') await this.#dial();
    else if (this.#kind === 'wireguard') this.#addWireguard();
    else this.#addEnds(KERNEL_TUNNELS[this.#kind]);
    this.#setUpInternet();
    tryRunIn(this.#lab, 'net', ['nft', 'delete', 'table', 'netdev', 'syngate_oracle']);
    installOracle(this.#lab);
    this.#setUpGateway();
  }

  /** Resolves when neither end is there any more. */
  async cut(): Promise<void> {
    if (this.#program !== undefined) {
      this.#program.kill();
      await once(this.#program, 'close');
      this.#program = undefined;
    }
    tryRunIn(this.#lab, 'gw', ['ip', 'link', 'delete', 'wan0']);
    tryRunIn(this.#lab, 'net', ['ip', 'link', 'delete', 'eth0']);
  }

  /** Resolves when the program has said something. */
  async #start([file = '', ...rest]: readonly string[]): Promise<void> {
    this.#program = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'], env: labEnvironment() });
    if (this.#program.stdout !== null) await once(this.#program.stdout, 'data');
  }

  /** Two of them, who talk over a pseudo-terminal. */
  async #dial(): Promise<void> {
    const { gw, net } = this.#lab.namespaces;
    const mtu = String(this.#mtu);
    const pppd = (place: string, ...words: string[]) => {
      const options = [
        'nodetach',
        'local',
        'noauth',
        'noccp',
        'nodefaultroute',
        '+ipv6',
        'mtu',
        mtu,
        'mru',
        mtu,
      ];
      return ['ip', 'netns', 'exec', place, 'pppd', ...options, ...words];
    };
    const other = pppd(net, 'notty', 'ifname', 'eth0', '10.98.0.2:10.98.0.1').join(' ');
    await this.#start(pppd(gw, 'ifname', 'wan0', '10.98.0.1:10.98.0.2', 'pty', other));
    const isUp = (host: 'gw' | 'net', link: string) =>
      / UP|UNKNOWN .*10\.98/.test(tryRunIn(this.#lab, host, ['ip', '-br', 'address', 'show', link]).stdout);
    await waitUntil(
      () => isUp('gw', 'wan0') && isUp('net', 'eth0'),
      PATIENCE_MS,
      () => 'PPP is not up',
    );
  }

  #addEnds(describe: (own: Ends, other: Ends) => string): void {
    this.#layCable();
    runIn(this.#lab, 'gw', ['ip', 'link', 'add', 'wan0', ...describe(UNDER.gw, UNDER.net).split(' ')]);
    runIn(this.#lab, 'net', ['ip', 'link', 'add', 'eth0', ...describe(UNDER.net, UNDER.gw).split(' ')]);
  }

  #addWireguard(): void {
    this.#addEnds(() => 'type wireguard');
    const ends = [
      { host: 'gw', link: 'wan0', key: run(['wg', 'genkey']) },
      { host: 'net', link: 'eth0', key: run(['wg', 'genkey']) },
    ] as const;
    for (const [index, { host, link, key }] of ends.entries()) {
      const other = ends[1 - index] ?? ends[0];
      const peer = run(['wg', 'pubkey'], { input: other.key }).trim();
      const words = ['listen-port', WIREGUARD_PORT, 'private-key', '/dev/stdin', 'peer', peer];
      const way = ['endpoint', `${UNDER[other.host][0]}:${WIREGUARD_PORT}`, 'allowed-ips', '0.0.0.0/0,::/0'];
      runIn(this.#lab, host, ['wg', 'set', link, ...words, ...way], { input: key });
    }
  }

  /** Leaves one that lies. */
  #layCable(): void {
    const { gw, net } = this.#lab.namespaces;
    if (tryRunIn(this.#lab, 'gw', ['ip', 'link', 'show', 'under0']).status === 0) return;
    run(['ip', '-n', gw, 'link', 'add', 'under0', 'type', 'veth', 'peer', 'name', 'under0', 'netns', net]);
    for (const host of ['gw', 'net'] as const) {
      const [ipv4, ipv6] = UNDER[host];
      this.#batch(host, [
        'link set under0 up',
        `addr add ${ipv4}/24 dev under0`,
        `addr add ${ipv6}/64 dev under0 nodad`,
      ]);
    }
  }

  #setUpInternet(): void {
    this.#batch('net', [
      `link set eth0 mtu ${this.#mtu} up`,
      `addr add ${INTERNET.ipv4}/32 dev eth0`,
      `addr add ${INTERNET.ipv6}/128 dev eth0 nodad`,
      'route add 203.0.113.0/24 dev eth0',
      'route add 198.51.100.0/24 dev eth0',
      `route add ${EGRESS.prefix6} dev eth0`,
      'route add 2001:db8:1::/64 dev eth0',
    ]);
  }

  #setUpGateway(): void {
    this.#batch('gw', [
      `link set wan0 mtu ${this.#mtu} up`,
      `addr add ${GATEWAY_WAN.ipv4}/32 dev wan0`,
      `addr add ${GATEWAY_WAN.ipv6}/128 dev wan0 nodad`,
      'route add default dev wan0',
      'route add ::/0 dev wan0',
    ]);
  }

  #batch(host: 'gw' | 'net', commands: readonly string[]): void {
    run(['ip', '-n', this.#lab.namespaces[host], '-batch', '-'], { input: `${commands.join('\n')}\n` });
  }
}
