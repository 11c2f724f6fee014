/** Name servers on alice's own machine, which her programs ask and which ask the gateway: as desktops and routers have them. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { inside, runIn, startDetached, tryRunIn } from '../lab/command.ts';
import { writeOver } from '../lab/host-files.ts';
import { type Lab, RESOLVER } from '../lab/topology.ts';
import { waitUntil } from '../lab/wait.ts';

const WITHIN_MS = 10_000;

/**
 * Strict in what it takes: letter case echoed (0x20), private addresses refused. It validates nothing, and asks for names
 * of shared addresses too, which it would else say are absent (RFC 7793).
 */
const UNBOUND = `server:
  interface: 127.0.0.1
  username: ""
  chroot: ""
  directory: "/etc/unbound"
  use-syslog: no
  logfile: ""
  module-config: "iterator"
  use-caps-for-id: yes
  harden-below-nxdomain: yes
  prefetch: yes
  do-not-query-localhost: no
  private-address: 10.0.0.0/8
  private-address: 172.16.0.0/12
  private-address: 192.168.0.0/16
  private-address: 169.254.0.0/16
  private-address: fd00::/8
  private-address: fe80::/10
  local-zone: "80.100.in-addr.arpa." nodefault
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: ${RESOLVER.ipv4}
  forward-addr: ${RESOLVER.ipv6}
`;

const DNSMASQ = [
  ...['--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--user=root', '--log-facility=-'],
  ...['--listen-address=127.0.0.1', '--bind-interfaces', '--no-hosts', '--no-resolv'],
  ...[`--server=${RESOLVER.ipv4}`, `--server=${RESOLVER.ipv6}`],
  ...['--stop-dns-rebind', '--bogus-priv', '--domain-needed'],
];

export interface Forwarder {
  readonly logFile: string;
  stop(): Promise<void>;
}

/** A name server with its defaults against rebinding; alice's programs ask it until it is stopped. */
export function startForwarder(lab: Lab, program: 'unbound' | 'dnsmasq'): Promise<Forwarder> {
  if (program === 'dnsmasq') return startListening(lab, ['dnsmasq', ...DNSMASQ], '127.0.0.1');
  writeOver(lab, 'alice', 'unbound/unbound.conf', UNBOUND);
  return startListening(lab, ['unbound', '-d', '-p', '-c', '/etc/unbound/unbound.conf'], '127.0.0.1');
}

/** Starts a name server that listens at an address of alice's machine, and has it asked. */
export async function startListening(
  lab: Lab,
  command: readonly string[],
  address: string,
): Promise<Forwarder> {
  const folder = path.join(lab.directory, 'forwarders');
  mkdirSync(folder, { recursive: true });
  const logFile = path.join(folder, `${performance.now()}.log`);
  const usual = runIn(lab, 'alice', ['cat', '/etc/resolv.conf']);
  const pid = startDetached(inside(lab, 'alice', command), logFile);
  const listens = (): boolean =>
    new RegExp(` ${address}(%lo)?:53 `).test(runIn(lab, 'alice', ['ss', '-Hlun']));
  await waitUntil(listens, WITHIN_MS, () => `'${command.join(' ')}' does not listen, see ${logFile}`);
  writeOver(lab, 'alice', 'resolv.conf', `nameserver ${address}\noptions edns0 trust-ad\n`);
  return {
    logFile,
    stop: async () => {
      writeOver(lab, 'alice', 'resolv.conf', usual);
      tryRunIn(lab, 'alice', ['kill', String(pid)]);
      await waitUntil(
        () => !listens(),
        WITHIN_MS,
        () => `'${command.join(' ')}', pid ${pid}, does not end`,
      );
    },
  };
}
