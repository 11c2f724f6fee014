/** Clients that keep an address for longer than it was lent: the gateway's clock is moved on (S2, S3, S8, FL-22, FL-36). */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { inside, runIn } from './lab/command.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { killGateway, SYNGATE, startGateway } from './lab/gateway-process.ts';
import { isSynthetic } from './support/address-sets.ts';
import { type Client, curl, lease } from './support/clients.ts';
import { askNames, manyNames } from './support/many-names.ts';
import { MovableClock } from './support/movable-clock.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab({ gateway: false });

const HOST = 'shop.example.com';
const HOUR_SECONDS = 3600;
/** Longer than any flow lives whose connection has been closed. */
const FLOWS_END_SECONDS = 600;
/** curl's exit status for a connection that was refused. */
const REFUSED = 7;
/** A refusal comes at once; the rest is left to a busy machine. A connection without any answer would take the 10 s of `curl`. */
const QUICK_SECONDS = 3;

const clock = new MovableClock(lab);
beforeAll(async () => {
  await startGateway(lab, clock.under);
});
afterAll(async () => {
  await killGateway(lab);
  clock.close();
});

/** The host that answers at an address which the client takes for HOST's: its name, or curl's exit status. */
function hostAt(client: Client, address: string): string | number {
  const literal = address.includes(':') ? `[${address}]` : address;
  const { status, stdout } = curl(lab, client, [
    ...['--resolve', `${HOST}:443:${literal}`, `https://${HOST}/whoami`, '-w', '\n%{time_total}'],
  ]);
  const [answer = '', seconds] = stdout.split('\n');
  if (status !== 0) {
    expect(Number(seconds)).toBeLessThan(QUICK_SECONDS);
    return status;
  }
  return JSON.parse(answer).host;
}

/** The host's lease, as the gateway tells; nobody uses it by asking. */
function leaseRecord(): { readonly flows: number } | undefined {
  const { socket } = gatewayFilesOf(lab);
  const records = z
    .array(z.object({ host: z.string(), flows: z.number() }))
    .parse(JSON.parse(runIn(lab, 'gw', [SYNGATE, 'leases', '--socket', socket, '--json'])));
  return records.find(({ host }) => host === HOST);
}

/** An hour and more in which nobody uses the host's address: first its flows end, then its lease. */
async function passIdleHour(): Promise<void> {
  await expect
    .poll(
      async () => {
        // Each time, since the last packets of a connection may come after the clock was moved.
        await clock.moveOn(FLOWS_END_SECONDS);
        return leaseRecord()?.flows ?? 0;
      },
      { timeout: 20_000, interval: 1000 },
    )
    .toBe(0);
  await clock.moveOn(HOUR_SECONDS);
  await expect.poll(leaseRecord, { timeout: 20_000 }).toBeUndefined();
}

/** Others take addresses, as many as they may at once; whatever was kept is not among them. */
async function letOthersTakeAddresses(prefix: string, kept: string): Promise<void> {
  const names = manyNames(prefix, 150);
  const type = kept.includes(':') ? 'AAAA' : 'A';
  const { data } = await askNames(lab, 'bob', { type, names, window: 20 });
  expect(Object.values(data).filter((address) => address === kept)).toEqual([]);
}

describe.each([
  ['IPv4', 4],
  ['IPv6', 6],
] as const)('an address that a client has kept for an hour, over %s', (_name, family) => {
  let kept = '';
  beforeEach(() => {
    kept = lease(lab, 'alice', HOST, family);
    expect(isSynthetic(kept)).toBe(true);
    expect(hostAt('alice', kept)).toBe(HOST);
  });

  test('is refused quickly, means nothing else whatever others ask for, and is the name’s again', async () => {
    await passIdleHour();
    await letOthersTakeAddresses(`kept${family}-`, kept);
    expect(hostAt('alice', kept)).toBe(REFUSED);
    expect(lease(lab, 'alice', HOST, family)).toBe(kept);
    expect(hostAt('alice', kept)).toBe(HOST);
  });

  test('leads to its host all the time while a connection to it is open', async () => {
    const held = holdConnection(kept);
    try {
      await held.opened;
      await clock.moveOn(HOUR_SECONDS);
      await letOthersTakeAddresses(`held${family}-`, kept);
      expect(hostAt('alice', kept)).toBe(HOST);
    } finally {
      held.end();
    }
  });

  test('leads to its host after a kill -9, and an hour later is refused (S8)', async () => {
    await killGateway(lab);
    await clock.moveOn(HOUR_SECONDS);
    await startGateway(lab, clock.under);
    expect(hostAt('alice', kept)).toBe(HOST);
    await passIdleHour();
    expect(hostAt('alice', kept)).toBe(REFUSED);
  });
});

/** A TCP connection of alice's that says nothing. */
function holdConnection(address: string) {
  const script = `exec 3<>/dev/tcp/${address}/80 && echo open && sleep 60`;
  const [file = '', ...rest] = inside(lab, 'alice', ['bash', '-c', script]);
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const opened = new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', () => reject(new Error(`Cannot hold a connection to ${address}`)));
  });
  return { opened, end: () => child.kill() };
}
