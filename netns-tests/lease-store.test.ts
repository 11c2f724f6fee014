/** A disk that fills up, turns read-only, or loses what was written, under a gateway whose names go on (S8, FL-31). */
import { readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { run, runIn } from './lab/command.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { killGateway, SYNGATE, startGateway } from './lab/gateway-process.ts';
import { curl, dig, digFull, lease } from './support/clients.ts';
import { editYaml } from './support/edit-yaml.ts';
import { askNames, manyNames } from './support/many-names.ts';
import { MovableClock } from './support/movable-clock.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab({ gateway: false });

const HOST = 'shop.example.com';
const DISK = path.join(lab.directory, 'disk');
const STORE = path.join(DISK, 'state.db');
const FILLER = path.join(DISK, 'filler');
/** curl's exit status for a connection that was refused. */
const REFUSED = 7;
const NOT_KEPT = /^leases .*, not kept on disk$/m;
/** What nobody remembers has rested after ten minutes. */
const REST_SECONDS = 601;

const clock = new MovableClock(lab);
let known: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  run(['mkdir', '-p', DISK]);
  run(['mount', '-t', 'tmpfs', '-o', 'size=1m', lab.namespaces.gw, DISK]);
  editYaml(gatewayFilesOf(lab).config, (file) => {
    file.store = { path: STORE };
  });
  await startGateway(lab, clock.under);
  known = await askMany('known', HOST);
});
afterEach(async () => {
  // The disk is as it should be, the gateway has noticed, and what was forgotten has rested.
  setReadOnly(false);
  rmSync(FILLER, { force: true });
  await restart();
  await restForgotten();
});
afterAll(async () => {
  await killGateway(lab);
  clock.close();
  run(['umount', '-l', DISK]);
});

describe('a disk that is full', () => {
  test('leaves the names that have an address alone, over a kill -9, and gives a new one no address of another', async () => {
    await clock.moveOn(REST_SECONDS);
    fillDisk();
    const during = freshName();
    const address = lease(lab, 'alice', during);
    expect(Object.values(known)).not.toContain(address);
    expect(isSpare(address)).toBe(true);
    expect(connect(during, address)).toBe(0);
    expect(runIn(lab, 'gw', [SYNGATE, '--socket', gatewayFilesOf(lab).socket, 'status'])).toMatch(NOT_KEPT);
    await expectKnown();
    await restart();
    await expectKnown();
    expect(connect(HOST, lease(lab, 'alice', HOST))).toBe(0);
    await expectForgotten(during, address);
  });
});

describe('a disk that is read-only', () => {
  test('leaves the names that have an address alone, and gives a new one no address of another', async () => {
    await killGateway(lab);
    setReadOnly(true);
    await startGateway(lab, clock.under);
    await expectKnown();
    expect(connect(HOST, lease(lab, 'alice', HOST))).toBe(0);
    await clock.moveOn(REST_SECONDS);
    const during = freshName();
    await expect.poll(() => dig(lab, 'alice', during, 'A'), { timeout: 10_000 }).toHaveLength(1);
    const address = lease(lab, 'alice', during);
    expect(isSpare(address)).toBe(true);
    expect(connect(during, address)).toBe(0);
    await restart();
    await expectKnown();
    await expectForgotten(during, address);
  });
});

describe('a store that is cut short', () => {
  test.each([1, 4096])(
    'by %i bytes while the gateway is dead leads nobody to another host (FL-31)',
    async (bytes) => {
      // From a fresh one, since names go on with the spare addresses that they got after a loss.
      await killGateway(lab);
      for (const file of readdirSync(DISK)) rmSync(path.join(DISK, file));
      await clock.moveOn(REST_SECONDS);
      await startGateway(lab, clock.under);
      const before = await askMany('before');
      await killGateway(lab);
      // The log has the newest leases, and the file the others.
      for (const file of [`${STORE}-wal`, STORE]) cutShort(file, bytes);
      await startGateway(lab, clock.under);
      // So much is forgotten that no new name gets an address before it has rested.
      expect(digFull(lab, 'alice', freshName(), 'A')).toMatch(/status: SERVFAIL.*EDE/s);
      const taken = await restForgotten();
      const after = await askMany(`after${bytes}-`);
      expect(Object.keys(after)).toHaveLength(99);
      // Nobody remembers what they meant; by chance one or the other has a new name after its rest.
      const anew = new Set([...Object.values(after), ...taken]);
      const free = Object.entries(before).filter(([, address]) => !anew.has(address));
      for (const [name, address] of free.slice(0, 10)) expect(connect(name, address)).toBe(REFUSED);
      expect(readdirSync(DISK).filter((name) => name.includes('damaged'))).toHaveLength(1);
    },
  );
});

/** What nobody remembers has rested; the address that a new name has then. */
async function restForgotten(): Promise<string[]> {
  await clock.moveOn(REST_SECONDS);
  let taken: string[] = [];
  await expect
    .poll(
      () => {
        taken = dig(lab, 'bob', freshName(), 'A');
        return taken;
      },
      { timeout: 20_000 },
    )
    .toHaveLength(1);
  return taken;
}

/** A name that had a spare address when the gateway died: it means nothing, and no other name gets it. */
async function expectForgotten(name: string, address: string): Promise<void> {
  expect(connect(name, address)).toBe(REFUSED);
  const { data } = await askNames(lab, 'bob', { type: 'A', names: freshNames(100), window: 5 });
  expect(Object.values(data)).not.toContain(address);
  expect(digFull(lab, 'alice', freshName(), 'A')).toMatch(/status: SERVFAIL.*EDE/s);
  expect(connect(name, address)).toBe(REFUSED);
}

async function restart(): Promise<void> {
  await killGateway(lab);
  await startGateway(lab, clock.under);
}

async function expectKnown(): Promise<void> {
  const { data } = await askNames(lab, 'alice', { type: 'A', names: Object.keys(known), window: 5 });
  expect(data).toEqual(known);
}

/** Names of the zone, and their addresses. */
async function askMany(prefix: string, ...others: readonly string[]): Promise<Record<string, string>> {
  const names = [...manyNames(prefix, 99), ...others];
  const { data } = await askNames(lab, 'alice', { type: 'A', names, window: 5, perSecond: 90 });
  return data;
}

let fresh = 0;

function freshName(): string {
  return freshNames(1)[0] ?? '';
}

function freshNames(count: number): string[] {
  fresh++;
  return manyNames(`fresh${fresh}-`, count);
}

/** curl's exit status for a connection to where the client believes the name to be; any host of the zone answers. */
function connect(name: string, address: string): number {
  return curl(lab, 'alice', [
    '-o',
    '/dev/null',
    '--resolve',
    `${name}:80:${address}`,
    `http://${name}/whoami`,
  ]).status;
}

/** One in sixteen (docs/dns.md). */
function isSpare(address: string): boolean {
  return Number(address.split('.').at(-1)) % 16 === 7;
}

/** For processes that are started from now on. */
function setReadOnly(isReadOnly: boolean): void {
  run(['mount', '-o', `remount,bind,${isReadOnly ? 'ro' : 'rw'}`, DISK]);
}

function fillDisk(): void {
  for (const bytes of [4096, 1]) {
    const more = () => writeFileSync(FILLER, 'x'.repeat(bytes), { flag: 'a' });
    expect(() => {
      for (;;) more();
    }).toThrow('ENOSPC');
  }
}

function cutShort(file: string, bytes: number): void {
  truncateSync(file, Math.max(0, statSync(file).size - bytes));
}
