/** The translator as programs outside see it, row by row (docs/nat.md). */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { inside, labEnvironment, run, runIn, startDetached, tryRunIn } from './lab/command.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { SYNGATE } from './lab/gateway-process.ts';
import { declareLiteral, readOracle } from './lab/oracle.ts';
import { EGRESS, INTERNET } from './lab/topology.ts';
import { waitUntil } from './lab/wait.ts';
import { lease, whoami } from './support/clients.ts';
import { FAR, type FarNetwork, raiseFarNetwork } from './support/far-network.ts';
import { planDownload, startQuicServer } from './support/quic.ts';
import { reloadGateway } from './support/reload-gateway.ts';
import { Transfer } from './support/transfer.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab();
const FAMILIES = [4, 6] as const;

interface Ended {
  readonly status: number;
  readonly output: string;
}

/** A command on alice's machine that runs beside the tests. */
function startAtAlice(...command: string[]): Promise<Ended> {
  const [file = '', ...rest] = inside(lab, 'alice', command);
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: labEnvironment() });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  return once(child, 'close').then(([code]) => ({ status: typeof code === 'number' ? code : 128, output }));
}

/** How often something was dropped for this reason, as the gateway says. */
function dropsOf(reason: string): number | undefined {
  const socket = path.join(lab.directory, 'gateway', 'api.sock');
  const status = JSON.parse(runIn(lab, 'gw', [SYNGATE, '--socket', socket, '--json', 'status']));
  return z.object({ drops: z.record(z.string(), z.number()) }).parse(status).drops[reason];
}

let far: FarNetwork;
/** Begun with the first test, looked at by the last. */
let idle: Promise<Ended>;
let idleQuic: Promise<Ended>;
const file = randomBytes(5_000_000);
const idleDownload = planDownload(['--delay-stream=25s']);

beforeAll(async () => {
  idle = startAtAlice(
    'ssh',
    '-4',
    '-o',
    'ServerAliveInterval=0',
    'shell.example.com',
    'sleep 62; echo awake',
  );
  far = raiseFarNetwork(lab);
  await startQuicServer(lab, file);
  idleQuic = startAtAlice(...idleDownload.command);
});
afterAll(() => far.remove());

describe('STUN (RFC 5780)', () => {
  const STUN = ['192.0.2.20', '192.0.2.60'] as const;

  beforeAll(async () => {
    const listen = STUN.flatMap((address) => ['-L', address]);
    const server = [
      'turnserver',
      '-S',
      ...listen,
      '--no-tls',
      '--no-dtls',
      '--no-cli',
      '-n',
      '--log-file',
      'stdout',
    ];
    const pidFile = ['--pidfile', path.join(lab.directory, 'turnserver.pid')];
    startDetached(inside(lab, 'net', [...server, ...pidFile]), path.join(lab.directory, 'turnserver.log'));
    await waitUntil(
      () => runIn(lab, 'net', ['ss', '-Hlun']).includes(`${STUN[1]}:3479`),
      10_000,
      () => `turnserver does not listen, see ${lab.directory}/turnserver.log`,
    );
  });
  // The oracle forgets after each test.
  beforeEach(() => {
    for (const address of STUN) declareLiteral(lab, address);
  });

  test.each([
    ['U1', 'the mapping is endpoint-independent', '-m', 'NAT with Endpoint Independent Mapping!'],
    ['U9', 'the filter depends on address and port', '-f', 'NAT with Address and Port Dependent Filtering!'],
    ['U10', 'nothing comes back to a neighbour by the outside', '-H', 'STUN receive timeout'],
  ])('%s %s', (_row, _what, option, verdict) => {
    const output = runIn(lab, 'alice', ['turnutils_natdiscovery', option, '-L', '10.64.0.2', STUN[0]], {
      timeoutMs: 30_000,
    });
    expect(output).toContain(verdict);
    expect(output).toContain(`UDP reflexive addr: ${EGRESS.default4}:`);
    expect(output).not.toMatch(/ALG: Mapped != /);
  });

  test('U9 G7 the filter lets anybody in under a rule that says so, and nobody again without', async () => {
    const discover = (option: string) =>
      runIn(lab, 'alice', ['turnutils_natdiscovery', option, '-L', '10.64.0.2', STUN[0]], {
        timeoutMs: 30_000,
      });
    const { policy } = gatewayFilesOf(lab);
    const before = readFileSync(policy, 'utf8');
    writeFileSync(policy, before.replace(/^rules:$/m, `rules:\n${OPEN_RULE}`));
    await reloadGateway(lab);
    const open = discover('-f');
    writeFileSync(policy, before);
    await reloadGateway(lab);
    expect(open).toContain('NAT with Endpoint Independent Filtering!');
    expect(discover('-f')).toContain('NAT with Address and Port Dependent Filtering!');
  });

  const OPEN_RULE = `
  - name: Calls
    precedence: 1
    enabled: true
    action: egress
    filters: [egress]
    traffic: net.protocol == "udp" and any(net.dst.ip[*] in {${STUN.join(' ')}})
    rule_settings: { nat: { filtering: endpoint-independent } }`;
});

describe.each(FAMILIES)('the path to a host behind a router, over IPv%i', (family) => {
  const gateway = family === 4 ? '10.64.0.1' : 'fd00:64::1';
  const router = family === 4 ? INTERNET.ipv4 : INTERNET.ipv6;

  test.each([['-I'], ['-U'], ['-T']])(
    'R1 I4 traceroute %s shows the gateway, the router and the synthetic address',
    (mode) => {
      const target = lease(lab, 'alice', FAR.name, family);
      const command = ['traceroute', `-${family}`, '-n', '-q1', '-w2', '-m6', mode, FAR.name];
      const hops = runIn(lab, 'alice', command, { timeoutMs: 20_000 }).split('\n').slice(1).filter(Boolean);
      expect(hops.map((hop) => hop.trim().split(/\s+/)[1])).toEqual([gateway, router, target]);
    },
  );

  test('R1 I4 mtr shows them', () => {
    const target = lease(lab, 'alice', FAR.name, family);
    const output = runIn(lab, 'alice', ['mtr', `-${family}`, '-n', '-r', '-w', '-c1', FAR.name], {
      timeoutMs: 20_000,
    });
    const hops = [...output.matchAll(/^ +\d+\.\|-- (\S+)/gm)].map(([, hop]) => hop);
    expect(hops, output).toEqual([gateway, router, target]);
  });

  test('F7 F8 F10 tracepath finds the MTU of a link behind the router', () => {
    far.setMtu(1300);
    try {
      const output = runIn(lab, 'alice', ['tracepath', `-${family}`, '-n', FAR.name], { timeoutMs: 20_000 });
      expect(output).toContain('pmtu 1300');
      expect(output).toMatch(/Resume: pmtu 1300 hops 3 back 3/);
    } finally {
      far.setMtu(1500);
      tryRunIn(lab, 'alice', ['ip', `-${family}`, 'route', 'flush', 'cache']);
    }
  });
});

describe.each(FAMILIES)('a path that becomes narrower under a connection (FL-34), over IPv%i', (family) => {
  const REPORT = z.object({
    intervals: z.array(z.object({ sum: z.object({ bytes: z.number() }) })),
    end: z.object({ sum_received: z.object({ bytes: z.number() }) }),
  });
  const NARROW = 1300;
  let port = 5201;

  /** One for each transfer: whether an earlier one has ended is its own affair. */
  async function startServer(): Promise<string> {
    port++;
    const place = ['--bind', family === 4 ? FAR.ipv4 : FAR.ipv6, '--port', String(port)];
    const command = ['ip', 'netns', 'exec', far.namespace, 'iperf3', '--server', '--one-off', ...place];
    startDetached(command, path.join(lab.directory, `far-iperf-v${family}.log`));
    await waitUntil(
      () => far.run(['ss', '-Hltn']).includes(`:${port} `),
      10_000,
      () => 'the far iperf3 does not listen',
    );
    return String(port);
  }

  /** Bytes in each half second of a transfer whose path `narrow` makes narrower in the midst. */
  async function transfer(options: readonly string[], narrow: () => void): Promise<number[]> {
    const command = [
      'iperf3',
      '--json',
      `-${family}`,
      '--time',
      '5',
      '--interval',
      '0.5',
      '--bitrate',
      '50M',
    ];
    const server = ['--client', FAR.name, '--port', await startServer()];
    const ended = startAtAlice(...command, ...server, ...options);
    await sleep(2000);
    narrow();
    const { output } = await ended;
    return REPORT.parse(JSON.parse(output)).intervals.map(({ sum }) => sum.bytes);
  }

  /** Sums of seconds and more, since a busy machine makes up in one half second for what it missed in the other. */
  function expectToGoOn(halves: readonly number[]): void {
    const sum = (some: readonly number[]) => some.reduce((all, bytes) => all + bytes, 0);
    expect(sum(halves.slice(-3)), String(halves)).toBeGreaterThan(0.5 * sum(halves.slice(0, 3)));
  }

  test('F8 F10 U14 an upload goes on when a router says that the next link is narrower', async () => {
    const halves = await transfer([], () => far.setMtu(NARROW));
    far.setMtu(1500);
    tryRunIn(lab, 'alice', ['ip', `-${family}`, 'route', 'flush', 'cache']);
    expectToGoOn(halves);
  });

  test('F12 a download goes on when the way to the client becomes narrower', async () => {
    const links = [
      ['gw', 'lan0'],
      ['gw', 'lan-alice'],
      ['alice', 'eth0'],
    ] as const;
    const setMtu = (bytes: number) => {
      for (const [host, device] of links)
        runIn(lab, host, ['ip', 'link', 'set', device, 'mtu', String(bytes)]);
    };
    const halves = await transfer(['--reverse'], () => setMtu(NARROW));
    setMtu(1500);
    expectToGoOn(halves);
  });
});

describe('a scan of the egress addresses from the internet (FL-10)', () => {
  const TARGETS = [EGRESS.primary, EGRESS.other, EGRESS.default4];

  test.each([
    ['T4 a SYN', ['-sS', '-p1-300,443,1024-1100,5201,8080']],
    ['X9 a segment of no connection', ['-sA', '-p22,53,80,443,8080']],
    ['T4 a segment without flags', ['-sN', '-p22,53,80,443,8080']],
    ['a datagram', ['-sU', '-p53,67,123,161,500,1900,4500,5353']],
    ['G1 another protocol', ['-sO', '-p2,4,41,47,50,51,132']],
  ])('%s meets silence', (_what, options) => {
    const command = ['nmap', '-n', '-Pn', '--min-rate', '500', '--max-retries', '0', '-oG', '-', ...options];
    const output = runIn(lab, 'net', [...command, ...TARGETS], { timeoutMs: 60_000 });
    expect(output.match(/^Host: .*Status: Up/gm)).toHaveLength(TARGETS.length);
    const states = [...output.matchAll(/\b\d+\/([a-z|]+)\//g)].map(([, state]) => state);
    const ignored = [...output.matchAll(/Ignored State: ([a-z|]+)/g)].map(([, state]) => state);
    expect(states.length + ignored.length).toBeGreaterThanOrEqual(TARGETS.length);
    expect(
      [...states, ...ignored].filter((state) => state !== 'filtered' && state !== 'open|filtered'),
    ).toEqual([]);
  });
});

test('G5 G11 FL-01 a client that opens flows without end is refused, and nobody else notices', async () => {
  // curl may take 10 MB at once, and then pauses for as long as they should have taken.
  const page = 'http://shop.example.com/bytes/500000000';
  const live = new Transfer(lab, 'alice', ['curl', '-sSN', '--limit-rate', '10M', '-m', '20', page]);
  const target = lease(lab, 'alice', 'shop.example.com');
  await waitUntil(
    () => live.received > 0,
    10_000,
    () => 'the download has not begun',
  );
  const speed = ['--min-rate', '20000', '--max-retries', '0'];
  const flood = startAtAlice('nmap', '-n', '-Pn', '-sS', '-p1-40000', ...speed, target);
  await waitUntil(
    () => (dropsOf('client-rate-limited') ?? 0) > 1000,
    20_000,
    () => 'the flood is not refused',
  );
  const tookMs = [1, 2, 3].map(() => {
    const before = performance.now();
    expect(whoami(lab, 'bob', 'shop.example.com').address).toBe(EGRESS.default4);
    return performance.now() - before;
  });
  // Of the quickest: what the machine does meanwhile keeps one or the other waiting.
  expect(Math.min(...tookMs)).toBeLessThan(1000);
  expect((await flood).status).toBe(0);
  const received = live.received;
  await waitUntil(
    () => live.received > received,
    10_000,
    () => `the download stands still at ${received} bytes`,
  );
  expect(whoami(lab, 'alice', 'shop.example.com').address).toBe(EGRESS.default4);
}, 60_000);

test('X10 a download over QUIC comes byte for byte', async () => {
  const download = planDownload();
  expect(await startAtAlice(...download.command)).toMatchObject({ status: 0 });
  expect(download.take().equals(file)).toBe(true);
});

test('X10 a QUIC connection goes on after 25 seconds without a packet (the server allows 30)', async () => {
  expect(await idleQuic).toMatchObject({ status: 0 });
  expect(idleDownload.take().equals(file)).toBe(true);
}, 90_000);

test('X7 T5 an ssh session outlives a minute without a packet', async () => {
  expect(await idle).toMatchObject({ status: 0, output: expect.stringContaining('awake') });
  expect(readOracle(lab).violations).toBe(0);
}, 90_000);

test('G6 a destination that the host routes round the gateway sees the inner address, and nobody else does', () => {
  const side = `sg-side${lab.suffix}`;
  const ip = (...words: string[]) => runIn(lab, 'gw', ['ip', ...words]);
  const pingFromAlice = () => tryRunIn(lab, 'alice', ['ping', '-n', '-c2', '-i0.2', '-W1', '10.9.0.2']);
  run(['ip', 'netns', 'add', side]);
  try {
    ip('link', 'add', 'side0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', side);
    ip('addr', 'add', '10.9.0.1/16', 'dev', 'side0');
    ip('link', 'set', 'side0', 'up');
    run(['ip', '-n', side, '-batch', '-'], {
      input: 'link set eth0 up\naddr add 10.9.0.2/16 dev eth0\nroute add 10.64.0.0/24 via 10.9.0.1\n',
    });
    expect(pingFromAlice().stdout).toContain('Packet filtered');
    runIn(lab, 'gw', ['sysctl', '-qw', 'net.ipv4.conf.side0.forwarding=1']);
    ip('rule', 'add', 'iif', 'lan0', 'to', '10.9.0.0/16', 'lookup', 'main', 'pref', '5000');
    // No route leads from 10.9.0.2 to an egress address, so that only the inner address can be answered.
    expect(pingFromAlice().stdout).toContain('2 received');
    expect(whoami(lab, 'alice', 'shop.example.com').address).toBe(EGRESS.default4);
  } finally {
    tryRunIn(lab, 'gw', ['ip', 'rule', 'del', 'pref', '5000']);
    tryRunIn(lab, 'gw', ['ip', 'link', 'del', 'side0']);
    run(['ip', 'netns', 'delete', side]);
  }
});
