/**
 * The DNS servers that are compared: on the gateway's machine unbound with one thread and dnsmasq, each a forwarder with a
 * cache, and syngate's resolver; behind them one upstream that has an address for every name below the benchmark's.
 */
import { runIn } from '../../netns-tests/lab/command.ts';
import { writeOver } from '../../netns-tests/lab/host-files.ts';
import { GATEWAY_LAN, type Lab, RESOLVER } from '../../netns-tests/lab/topology.ts';
import type { Side } from '../bench-labs.ts';
import { startServers } from '../bench-servers.ts';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Every name below has an address; none is older than an hour. */
export const DOMAIN = 'bench.example.com';
export const UPSTREAM: Endpoint = { address: '192.0.2.53', port: 5353 };
export const SYNGATE: Endpoint = { address: RESOLVER.ipv4, port: 53 };
export const UNBOUND: Endpoint = { address: GATEWAY_LAN.ipv4, port: 5301 };
export const DNSMASQ: Endpoint = { address: GATEWAY_LAN.ipv4, port: 5302 };

const UPSTREAM_TEXT = `${UPSTREAM.address}:${UPSTREAM.port}`;
const ZONE = `$TTL 3600
. IN SOA ns.example.com. hostmaster.example.com. 1 3600 600 86400 5
. IN NS ns.example.com.
*.${DOMAIN}. IN A 192.0.2.60
*.${DOMAIN}. IN AAAA 2001:db8:2::60
`;

/** Starts upstream and, in the reference's lab, the forwarders; clients' further addresses are `clients`. */
export async function startDnsServers(lab: Lab, side: Side, clients: readonly string[]): Promise<void> {
  for (const client of clients) runIn(lab, 'alice', ['ip', 'addr', 'add', `${client}/24`, 'dev', 'eth0']);
  await startUpstream(lab);
  if (side === 'reference') await startForwarders(lab);
}

/** The lab's configuration with the benchmark's upstream. */
export function configureUpstream(text: string): string {
  const configured = text.replace(`upstreams: [${UPSTREAM.address}]`, `upstreams: ["${UPSTREAM_TEXT}"]`);
  if (configured === text)
    throw new Error('Cannot set the upstream: the configuration of the lab names none');
  return configured;
}

async function startUpstream(lab: Lab): Promise<void> {
  writeOver(lab, 'net', 'unbound/bench.zone', ZONE);
  const zone = `auth-zone:
  name: "."
  zonefile: "/etc/unbound/bench.zone"
  for-downstream: yes
  for-upstream: yes
`;
  writeOver(lab, 'net', 'unbound/bench.conf', unboundConfiguration(UPSTREAM, zone));
  await startServers(lab, [
    { name: 'bench-upstream', host: 'net', command: UNBOUND_COMMAND, protocol: 'udp', socket: UPSTREAM_TEXT },
  ]);
}

async function startForwarders(lab: Lab): Promise<void> {
  const forward = `forward-zone:\n  name: "."\n  forward-addr: ${UPSTREAM.address}@${UPSTREAM.port}\n`;
  writeOver(lab, 'gw', 'unbound/bench.conf', unboundConfiguration(UNBOUND, forward));
  const server = { host: 'gw', protocol: 'udp' } as const;
  await startServers(lab, [
    {
      ...server,
      name: 'bench-unbound',
      command: UNBOUND_COMMAND,
      socket: `${UNBOUND.address}:${UNBOUND.port}`,
    },
    {
      ...server,
      name: 'bench-dnsmasq',
      command: DNSMASQ_COMMAND,
      socket: `${DNSMASQ.address}:${DNSMASQ.port}`,
    },
  ]);
}

const UNBOUND_COMMAND = ['unbound', '-d', '-p', '-c', '/etc/unbound/bench.conf'];

const DNSMASQ_COMMAND = [
  'dnsmasq',
  ...['--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--user=root', '--log-facility=-'],
  ...['--no-resolv', '--no-hosts', '--bind-interfaces', `--listen-address=${DNSMASQ.address}`],
  ...[`--port=${DNSMASQ.port}`, `--server=${UPSTREAM.address}#${UPSTREAM.port}`],
  // The most it takes, and twice what is asked for.
  ...['--cache-size=10000', '--dns-forward-max=1000'],
];

/** One thread and no validation, as none of the others validates. */
function unboundConfiguration({ address, port }: Endpoint, zones: string): string {
  return `server:
  interface: ${address}@${port}
  access-control: 0.0.0.0/0 allow
  username: ""
  chroot: ""
  directory: "/etc/unbound"
  use-syslog: no
  logfile: ""
  num-threads: 1
  module-config: "iterator"
  root-hints: ""
  msg-cache-size: 64m
  rrset-cache-size: 128m
remote-control:
  control-enable: no
${zones}`;
}
