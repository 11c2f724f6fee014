/** TCP clients that hold connections without an end in sight (FL-13, RFC 7766 section 6.2.3): bounded, and no harm to others. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { inside, labEnvironment, runIn } from './lab/command.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { gatewayPid, SYNGATE } from './lab/gateway-process.ts';
import { RESOLVER, ROOT } from './lab/topology.ts';
import { waitUntil } from './lab/wait.ts';
import { isSynthetic } from './support/address-sets.ts';
import { dig } from './support/clients.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab();
const NODE = path.join(ROOT, 'node_modules/.bin/node');
const PROGRAM = path.join(import.meta.dirname, 'support/hold-tcp.ts');
/** The resolver's limits (src/resolver/resolver-options.ts). */
const MOST_CONNECTIONS = 1000;
const IDLE_MS = 10_000;

let holder: { readonly end: () => void; readonly lines: readonly string[] } | undefined;
afterEach(() => holder?.end());

/** Resolves when they are all open, or closed by the resolver. */
async function hold(connections: number, way: 'idle' | 'slow', addresses: readonly string[]): Promise<void> {
  const command = inside(lab, 'alice', [
    NODE,
    PROGRAM,
    RESOLVER.ipv4,
    String(connections),
    way,
    ...addresses,
  ]);
  const [file = '', ...rest] = command;
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'], env: labEnvironment() });
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(line));
  holder = { end: () => child.kill('SIGKILL'), lines };
  void once(child, 'close');
  await waitUntil(
    () => lines.includes('ready'),
    60_000,
    () => `of ${connections} connections some are neither open nor refused`,
  );
}

/** How many connections of the resolver are open. */
function openConnections(): number {
  const lines = runIn(lab, 'gw', ['ss', '-Htn', 'state', 'established', 'src', `${RESOLVER.ipv4}:53`]);
  return lines.split('\n').filter(Boolean).length;
}

function counter(name: string): number {
  const shown = runIn(lab, 'gw', [SYNGATE, '--socket', gatewayFilesOf(lab).socket, '--json', 'dns']);
  return JSON.parse(shown).counters[name];
}

function residentBytes(): number {
  const status = readFileSync(`/proc/${gatewayPid(lab)}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

function expectBobIsServed(): void {
  for (const option of ['+tcp', '+notcp'])
    expect(dig(lab, 'bob', 'shop.example.com', 'A', option).map(isSynthetic)).toEqual([true]);
}

test('10,000 idle connections: a thousand stay at most, the oldest make room, and everybody is served (FL-13)', async () => {
  const addresses = Array.from({ length: 100 }, (_, index) => `10.64.0.${100 + index}`);
  const commands = addresses.map((address) => `address add ${address}/24 dev eth0`).join('\n');
  runIn(lab, 'alice', ['ip', '-batch', '-'], { input: `${commands}\n` });
  expectBobIsServed();
  const before = residentBytes();
  await hold(10_000, 'idle', addresses);
  // Those that the kernel has taken and the resolver not yet are open, too; none has been idle for long enough.
  await waitUntil(
    () => openConnections() <= MOST_CONNECTIONS,
    IDLE_MS / 2,
    () => `${openConnections()} connections are open`,
  );
  expectBobIsServed();
  expect(counter('tcpConnectionsShed')).toBeGreaterThan(1000);
  expect(residentBytes() - before).toBeLessThan(100 * 1024 * 1024);
  await waitUntil(
    () => openConnections() === 0,
    4 * IDLE_MS,
    () => `${openConnections()} idle connections are still open`,
  );
});

test('connections that send a query at one byte a second are closed like idle ones (FL-13)', async () => {
  const beganMs = performance.now();
  await hold(100, 'slow', ['10.64.0.2']);
  expect(openConnections()).toBe(100);
  expectBobIsServed();
  await waitUntil(
    () => openConnections() === 0,
    4 * IDLE_MS,
    () => `${openConnections()} slow connections are still open`,
  );
  // Not for what they have sent.
  expect(performance.now() - beganMs).toBeGreaterThan(IDLE_MS / 2);
});
