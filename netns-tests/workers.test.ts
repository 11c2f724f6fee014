/**
 * A gateway with two workers on real devices: every client is served by one of them, every answer finds it, and what the
 * kernel cannot tell by a port (fragments) is handed over.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { inside, labEnvironment, runIn, tryRunIn } from './lab/command.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { killGateway, SYNGATE, startGateway, stopGateway } from './lab/gateway-process.ts';
import { ipv4Of, ipv6Of, siteNamed } from './lab/sites.ts';
import { waitUntil } from './lab/wait.ts';
import { curl, lease, whoami } from './support/clients.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab({ gateway: false });
const files = gatewayFilesOf(lab);
const ECHO_PORT = 7007;
/** Names with one egress address, at different real ones. */
const PEERS = ['partner.example.net', 'news.example.org'] as const;
const FLOWS = 24;
const DATAGRAMS = 4;
const CLIENTS = [
  ['alice', 4],
  ['bob', 4],
  ['alice', 6],
  ['bob', 6],
] as const;
const support = (name: string) => path.join(import.meta.dirname, 'support', name);
let echo: ReturnType<typeof spawn>;

beforeAll(async () => {
  appendFileSync(files.config, 'limits: { workers: 2 }\n');
  await startGateway(lab);
  const sites = PEERS.map(siteNamed).flatMap((site) => [ipv4Of(site), ipv6Of(site)]);
  const command = ['python3', support('udp-echo.py'), String(ECHO_PORT), ...sites];
  const [file = '', ...rest] = inside(lab, 'net', command);
  echo = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'], env: labEnvironment() });
  if (echo.stdout !== null) await once(echo.stdout, 'data');
});

afterAll(async () => {
  echo.kill();
  await once(echo, 'close');
});

describe.each(CLIENTS)('%s over IPv%i', (client, family) => {
  test('has one source for each socket, whatever its destinations and however long its datagrams (U1, U15)', () => {
    const targets = PEERS.map((name) => lease(lab, client, name, family));
    const output = runIn(lab, client, [
      'python3',
      support('udp-flows.py'),
      String(FLOWS),
      String(ECHO_PORT),
      ...targets,
    ]);
    const flows = z
      .array(z.object({ sources: z.array(z.string()), answered: z.number() }))
      .parse(JSON.parse(output));
    expect(flows).toHaveLength(FLOWS);
    for (const { sources, answered } of flows) {
      expect(answered).toBe(DATAGRAMS);
      expect(sources).toHaveLength(1);
    }
    const ports = flows.map(({ sources }) => Number(sources[0]?.split(' ')[1]));
    expect(new Set(ports).size).toBe(FLOWS);
    expect(new Set(ports.map((port) => port % 2)).size, 'the ports of one worker').toBe(1);
  });

  test('fetches pages over many connections at once', () => {
    const urls = Array.from({ length: FLOWS }, () => `http://shop.example.com/whoami`);
    const outputs = urls.flatMap((url) => [url, '-o', '-']);
    const { stdout, status } = curl(lab, client, [
      `-${family}`,
      '--parallel',
      '--parallel-immediate',
      '--http1.1',
      '-H',
      'Connection: close',
      ...outputs,
    ]);
    expect(status).toBe(0);
    const answers = stdout.match(/"port":\d+/g) ?? [];
    expect(answers).toHaveLength(FLOWS);
  });

  test('pings, also with echoes that come in pieces (F1)', () => {
    for (const bytes of ['56', '56', '4000', '4000']) {
      const result = tryRunIn(lab, client, [
        'ping',
        `-${family}`,
        '-c2',
        '-i0.2',
        '-W2',
        '-s',
        bytes,
        PEERS[0],
      ]);
      expect(result.stdout).toContain(' 2 received');
    }
  });

  test('hears that nobody listens at a port (I4)', () => {
    const target = lease(lab, client, 'shop.example.com', family);
    for (const port of ['81', '82', '83'])
      expect(runIn(lab, client, ['python3', support('udp-refusal.py'), target, port]).trim()).toBe(
        'ECONNREFUSED',
      );
  });
});

test('both workers have flows and carry both ways, and no packet is lost on the way', () => {
  const { workers, drops, egress } = status();
  expect(workers).toHaveLength(2);
  for (const { flows, packetsOut, packetsIn } of workers) {
    expect(flows).toBeGreaterThanOrEqual(FLOWS);
    expect(packetsOut).toBeGreaterThanOrEqual(FLOWS * DATAGRAMS);
    expect(packetsIn).toBeGreaterThanOrEqual(FLOWS * DATAGRAMS);
  }
  expect(drops).not.toHaveProperty('worker-overloaded');
  expect(drops).not.toHaveProperty('icmp-error-unmatched');
  expect(egress).toMatchObject({ down: 0, unproven: 0 });
  const listed = z.array(z.object({ egress: z.object({ port: z.number() }) })).parse(syngate('flows'));
  expect(new Set(listed.map(({ egress }) => egress.port % 2)).size).toBe(2);
});

test('clients and users show who has flows, whichever worker has them', () => {
  const listed = z
    .array(
      z.object({ address: z.string(), user: z.string().nullable(), flows: z.number(), leases: z.number() }),
    )
    .parse(syngate('clients'));
  for (const address of ['10.64.0.2', 'fd00:64::2', '10.64.0.3', 'fd00:64::3']) {
    const client = listed.find((one) => one.address === address);
    expect(client?.user).toBe(address.endsWith('2') ? 'alice@acme.example' : 'bob@acme.example');
    expect(client?.flows).toBeGreaterThanOrEqual(FLOWS);
  }
  expect(listed.reduce((sum, { leases }) => sum + leases, 0)).toBeGreaterThanOrEqual(PEERS.length);
  const users = z.array(z.object({ name: z.string(), groups: z.array(z.string()), flows: z.number() }));
  const [alice, bob] = users.parse(syngate('users'));
  expect(alice).toMatchObject({ name: 'Alice', groups: ['Finance'] });
  expect(alice?.flows).toBeGreaterThanOrEqual(2 * FLOWS);
  expect(bob).toMatchObject({ name: 'Bob', groups: [] });
});

test('a gateway that was killed starts again with both', async () => {
  await killGateway(lab);
  expect(curl(lab, 'alice', ['-4', '--max-time', '1', 'https://bank.example.com/whoami']).status).not.toBe(0);
  await startGateway(lab);
  for (const [client, family] of CLIENTS)
    expect(whoami(lab, client, 'shop.example.com', family).host).toBe('shop.example.com');
});

test.each([1, 4])('a gateway that starts with %i instead makes the TUN anew', async (workers) => {
  await stopGateway(lab);
  writeFileSync(
    files.config,
    readFileSync(files.config, 'utf8').replace(/workers: \d+/, `workers: ${workers}`),
  );
  await startGateway(lab);
  for (const [client, family] of CLIENTS)
    expect(whoami(lab, client, 'shop.example.com', family).host).toBe('shop.example.com');
  await waitUntil(
    () => status().egress.unproven === 0,
    10_000,
    () => 'the egress addresses are not probed',
  );
  expect(status()).toMatchObject({ violations: 0, egress: { down: 0 } });
  expect(status().workers).toHaveLength(workers);
});

function status() {
  return z
    .object({
      workers: z.array(z.object({ flows: z.number(), packetsOut: z.number(), packetsIn: z.number() })),
      drops: z.record(z.string(), z.number()),
      egress: z.object({ up: z.number(), down: z.number(), unproven: z.number() }),
      violations: z.number(),
    })
    .parse(syngate('status'));
}

function syngate(command: string): unknown {
  return JSON.parse(runIn(lab, 'gw', [SYNGATE, '--socket', files.socket, '--json', command]));
}
