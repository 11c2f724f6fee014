/**
 * Set-up and take-down of the host, and the guard, on a real kernel. No gateway runs here: this is what holds when it
 * is dead.
 *
 *   client ── lan0  gw  wan0 ── net
 *   10.64.0.2   .1      198.51.100.1   198.51.100.254
 *   fd00:64::2  ::1     2001:db8:1::1  2001:db8:1::fe
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';
const gateway = nameSpace('gw');
const internet = nameSpace('net');
const client = nameSpace('cl');
const folder = mkdtempSync(path.join(os.tmpdir(), 'sg-host-'));
const configFile = path.join(folder, 'config.yaml');
const root = path.join(import.meta.dirname, '..');

const CONFIG = `
onramps: [{ name: lan, interface: lan0, clients: [10.64.0.0/24, "fd00:64::/64"] }]
uplinks: [{ name: wan, interface: wan0, host_ports: [8443], allow_destinations: [10.9.0.0/16] }]
egress:
  addresses:
    - { address: 203.0.113.9, uplink: wan }
    - { address: 198.51.100.1, uplink: wan }
    - { address: "2001:db8:9::/64", uplink: wan }
    - { address: "2001:db8:1::1", uplink: wan }
  default: { ipv4: 198.51.100.1, ipv6: "2001:db8:1::1/128" }
resolver: { upstreams: [198.51.100.254] }
runtime_directory: ${folder}/run
`;

beforeAll(() => {
  writeFileSync(configFile, CONFIG);
  for (const name of [gateway, internet, client]) sh(`ip netns add ${name}; ip -n ${name} link set lo up`);
  sh(`
    ip -n ${gateway} link add lan0 type veth peer name eth0 netns ${client}
    ip -n ${gateway} link add wan0 type veth peer name eth0 netns ${internet}
    ip -n ${gateway} address add 10.64.0.1/24 dev lan0
    ip -n ${gateway} address add fd00:64::1/64 dev lan0 nodad
    ip -n ${gateway} address add 198.51.100.1/24 dev wan0
    ip -n ${gateway} address add 2001:db8:1::1/64 dev wan0 nodad
    ip -n ${client} address add 10.64.0.2/24 dev eth0
    ip -n ${client} address add fd00:64::2/64 dev eth0 nodad
    ip -n ${internet} address add 198.51.100.254/24 dev eth0
    ip -n ${internet} address add 2001:db8:1::fe/64 dev eth0 nodad
    for link in lan0 wan0; do ip -n ${gateway} link set $link up; done
    for name in ${client} ${internet}; do ip -n $name link set eth0 up; done
    ip -n ${gateway} route add default via 198.51.100.254
    ip -n ${gateway} -6 route add default via 2001:db8:1::fe
    ip -n ${client} route add default via 10.64.0.1
    ip -n ${client} -6 route add default via fd00:64::1
    ip -n ${internet} route add default via 198.51.100.1
    ip -n ${internet} -6 route add default via 2001:db8:1::1`);
  // What arrives in the internet, by source; and what the kernel of the gateway answers there.
  inside(internet, 'nft', ['-f', '-'], ORACLE);
  waitFor(() => !sh(`ip -n ${gateway} -6 address; ip -n ${internet} -6 address`).includes('tentative'));
});

const ORACLE = `table netdev oracle {
  counter inner { }
  counter owned { }
  counter replies { }
  chain arrivals {
    type filter hook ingress device eth0 priority filter;
    ip saddr { 10.0.0.0/8, 100.64.0.0/10 } counter name inner
    ip6 saddr { fd00:64::/64, 2606:4700:cf1:4000::/64 } counter name inner
    ip saddr 203.0.113.9 counter name owned
    tcp flags & rst == rst counter name replies
    icmp type { destination-unreachable, echo-reply } counter name replies
    icmpv6 type { destination-unreachable, echo-reply } counter name replies
  }
}`;

afterAll(() => {
  for (const name of [gateway, internet, client]) sh(`ip netns del ${name} || true`);
  rmSync(folder, { recursive: true });
});

function nameSpace(role: string): string {
  return `sg-host-${process.pid}-${role}`;
}

function sh(script: string): string {
  return execFileSync('bash', ['-ec', script], { encoding: 'utf8', env: { ...process.env, PATH } });
}

function inside(name: string, command: string, options: readonly string[], input = '') {
  return spawnSync('ip', ['netns', 'exec', name, command, ...options], {
    encoding: 'utf8',
    input,
    env: { ...process.env, PATH },
  });
}

function drive(verb: 'up' | 'down' | 'counters' | 'uplink', config = configFile): unknown {
  const driver = path.join(root, 'netns-tests/host-driver.ts');
  const { stdout, stderr, status } = inside(gateway, process.execPath, [driver, verb, config]);
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** Everything set-up may touch, as text. */
function snapshot(): string {
  const script = `ip rule; ip -6 rule; ip route show table all; ip -6 route show table all; ip -br link; ip address
    nft list ruleset | sed -E 's/packets [0-9]+ bytes [0-9]+//'; sysctl -a 2>/dev/null | grep -E '^net.ipv[46].(conf|fwmark_reflect)'`;
  return inside(gateway, 'bash', ['-c', script]).stdout.replace(/(link\/ether|link-netns).*/g, '');
}

function count(counter: 'inner' | 'owned' | 'replies'): number {
  const { stdout } = inside(internet, 'nft', ['list', 'counter', 'netdev', 'oracle', counter]);
  return Number(/packets (\d+)/.exec(stdout)?.[1]);
}

function waitFor(isTrue: () => boolean): void {
  for (let tries = 0; !isTrue(); tries++) {
    if (tries > 100) throw new Error('Cannot go on: what was waited for did not come');
    sh('sleep 0.05');
  }
}

/** Sends an ICMP echo request on wan0 by a packet socket, past everything but the guard. */
function sendRaw(source: string, destination: string): void {
  const script = `
import socket, struct, sys
source, destination = (socket.inet_aton(text) for text in sys.argv[1:3])
def checksum(data):
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff
icmp = struct.pack('!BBHHH', 8, 0, checksum(struct.pack('!BBHHH', 8, 0, 0, 1, 1)), 1, 1)
header = lambda total: struct.pack('!BBHHHBBH4s4s', 0x45, 0, 28, 1, 0, 64, 1, total, source, destination)
peer = bytes.fromhex(sys.argv[3].replace(':', ''))
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.bind(('wan0', 0))
try: link.send(peer + link.getsockname()[4] + b'\\x08\\x00' + header(checksum(header(0))) + icmp)
except OSError: pass`;
  const peer = sh(`ip -n ${internet} -br link show dev eth0`).split(/\s+/)[2] ?? '';
  const { status, stderr } = inside(gateway, '/usr/bin/python3', ['-c', script, source, destination, peer]);
  if (status !== 0) throw new Error(stderr);
}

/** A process that opens the gateway's TUN, as a gateway does, and keeps it. */
function attachTun(): ChildProcess {
  const script = `
import fcntl, signal, struct
IFF_TUN, IFF_NO_PI, IFF_VNET_HDR, TUNSETIFF = 0x1, 0x1000, 0x4000, 0x400454ca
tun = open('/dev/net/tun', 'r+b', buffering=0)
fcntl.ioctl(tun, TUNSETIFF, struct.pack('16sH22x', b'syngate0', IFF_TUN | IFF_NO_PI | IFF_VNET_HDR))
signal.pause()`;
  return spawn('ip', ['netns', 'exec', gateway, '/usr/bin/python3', '-c', script], { stdio: 'inherit' });
}

/** `open`, `refused` or `silent`. */
function connect(from: string, address: string, port: number): string {
  const script = `
import socket, sys
link = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET)
link.settimeout(0.5)
try: link.connect((sys.argv[1], int(sys.argv[2]))); print('open')
except ConnectionRefusedError: print('refused')
except OSError: print('silent')`;
  const { stdout } = inside(from, '/usr/bin/python3', ['-c', script, address, String(port)]);
  return stdout.trim();
}

describe('setUpHost and tearDownHost', () => {
  test('end the same when run twice, over a half-made state, and give the host back as it was', () => {
    const before = snapshot();
    drive('up');
    const once = snapshot();
    drive('up');
    expect(snapshot()).toBe(once);
    sh(`for rule in 1 2; do ip -n ${gateway} rule del pref 5080; ip -n ${gateway} -6 rule del pref 5080; done
        ip -n ${gateway} rule add pref 5080 iif gone0 lookup 5080
        ip -n ${gateway} address add 100.80.0.77/32 dev syngate0
        ip netns exec ${gateway} nft delete table inet syngate_guard
        ip netns exec ${gateway} sysctl -qw net.ipv4.conf.lan0.forwarding=0`);
    drive('up');
    expect(snapshot()).toBe(once);
    sh(`ip -n ${gateway} link del syngate0`);
    drive('up');
    expect(snapshot().replaceAll(/^\d+: syngate0/gm, '')).toBe(once.replaceAll(/^\d+: syngate0/gm, ''));
    drive('down');
    expect(snapshot()).toBe(before);
    drive('down');
    expect(snapshot()).toBe(before);
  });

  test('take away what an older configuration asked for', () => {
    const before = snapshot();
    drive('up');
    const other = path.join(folder, 'other.yaml');
    writeFileSync(other, `${CONFIG}tun: { name: othertun }\nsynthetic: { preset: public-ranges }\n`);
    drive('up', other);
    expect(sh(`ip -n ${gateway} -br link`)).not.toContain('syngate0');
    expect(sh(`ip -n ${gateway} route show table 5080`)).toContain('default dev othertun');
    drive('down', other);
    expect(snapshot()).toBe(before);
  });

  test('refuse before anything changes when another gateway has the TUN (FL-45)', () => {
    drive('up');
    const before = snapshot();
    const owner = attachTun();
    try {
      waitFor(() => sh(`ip -n ${gateway} link show syngate0`).includes('LOWER_UP'));
      expect(() => drive('up')).toThrow(/Cannot use syngate0 as the TUN: another process.* has it open/);
    } finally {
      owner.kill('SIGKILL');
    }
    waitFor(() => !sh(`ip -n ${gateway} link show syngate0`).includes('LOWER_UP'));
    expect(snapshot()).toBe(before);
    drive('down');
  });

  test('refuse before anything changes when an interface is not there', () => {
    const before = snapshot();
    const missing = path.join(folder, 'missing.yaml');
    writeFileSync(missing, CONFIG.replace('interface: wan0', 'interface: wan7'));
    expect(() => drive('up', missing)).toThrow(/Cannot use wan: there is no interface wan7/);
    expect(snapshot()).toBe(before);
  });
});

test('readUplink tells what the datapath needs', () => {
  expect(drive('uplink')).toMatchObject({
    interface: 'wan0',
    carries: 'frames',
    mtu: 1500,
    isUp: true,
    addresses: expect.arrayContaining(['198.51.100.1', '2001:db8:1::1']),
    connected: expect.arrayContaining(['198.51.100.0/24', '2001:db8:1::/64']),
    nextHop4: '198.51.100.254',
    nextHop6: '2001:db8:1::fe',
  });
});

describe('The guard, with no gateway running,', () => {
  beforeAll(() => void drive('up'));
  afterAll(() => void drive('down'));
  beforeEach(() => void inside(internet, 'nft', ['reset', 'counters']));

  test('lets a packet socket send with an egress address only, and counts the rest (A1)', () => {
    sendRaw('10.64.0.2', '198.51.100.254');
    sendRaw('100.80.3.4', '198.51.100.254');
    sendRaw('203.0.113.10', '198.51.100.254');
    expect(drive('counters')).toMatchObject({ refusedSource: 3, refusedDestination: 0 });
    sendRaw('203.0.113.9', '198.51.100.254');
    waitFor(() => count('owned') === 1);
    expect(count('inner')).toBe(0);
  });

  test.each([
    ['100.80.3.4', 0],
    ['10.1.2.3', 0],
    ['192.168.1.1', 0],
    ['10.9.1.1', 1],
  ])('judges the destination %s too', (destination, passed) => {
    drive('up'); // counts from 0 again
    sendRaw('203.0.113.9', destination);
    expect(count('owned')).toBe(passed);
    expect(drive('counters')).toMatchObject({ refusedDestination: 1 - passed });
  });

  test('keeps the kernel silent towards the internet (FL-10, FL-18)', () => {
    for (const [address, port] of [
      ['203.0.113.9', 80],
      ['198.51.100.1', 80],
      ['198.51.100.1', 2000],
      ['198.51.100.1', 40_000],
      ['2001:db8:1::1', 2000],
      ['2001:db8:1::1', 40_000],
    ] as const) {
      expect(connect(internet, address, port), `${address} ${port}`).toBe('silent');
    }
    inside(internet, 'ping', ['-c1', '-W1', '198.51.100.1']);
    inside(internet, 'ping', ['-c1', '-W1', '2001:db8:1::1']);
    expect(count('replies')).toBe(0);
  });

  test('keeps the resolver and the clients out of reach from an uplink (D5)', () => {
    sh(
      `ip -n ${internet} route replace 100.80.0.1/32 dev eth0; ip -n ${internet} route replace 10.64.0.2/32 via 198.51.100.1`,
    );
    expect(connect(internet, '100.80.0.1', 53)).toBe('silent');
    expect(connect(internet, '10.64.0.2', 80)).toBe('silent');
    expect(sh(`ip -n ${internet} neighbour show 100.80.0.1`)).not.toContain('lladdr');
    expect(count('replies') + count('inner')).toBe(0);
  });

  test('leaves the host its own connections and its host_ports', () => {
    expect(connect(internet, '198.51.100.1', 8443)).toBe('refused');
    expect(inside(gateway, 'ping', ['-c1', '-W2', '198.51.100.254']).status).toBe(0);
    expect(inside(gateway, 'ping', ['-6', '-c1', '-W2', '2001:db8:1::fe']).status).toBe(0);
    expect(connect(gateway, '198.51.100.254', 9)).toBe('refused');
  });

  test('and the routes let nothing of a client out, with the TUN or without it (FL-16, FL-19)', () => {
    const knock = () => {
      inside(client, 'ping', ['-c2', '-i0.2', '-W1', '198.51.100.254']);
      inside(client, 'ping', ['-6', '-c2', '-i0.2', '-W1', '2001:db8:1::fe']);
    };
    knock();
    sh(`ip -n ${gateway} link del syngate0`);
    knock();
    expect(count('inner')).toBe(0);
    expect(drive('counters')).toMatchObject({ refusedForward: 0 });
    sh(`ip -n ${gateway} rule del pref 5080; ip -n ${gateway} -6 rule del pref 5080`);
    knock();
    expect(count('inner')).toBe(0);
    expect(drive('counters')).toMatchObject({ refusedForward: 4 });
    drive('up');
  });
});
