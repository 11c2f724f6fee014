/** Leases on real files, through everything that may befall these short of a disk that fails (netns-tests/lease-store.test.ts). */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LeasePersistence } from '../../../src/gateway/names/lease-persistence.ts';
import type { RestoredLease } from '../../../src/synthetic/lease-pool-options.ts';
import { formatAddress } from '../../../src/wire/address.ts';
import { addressBytes } from '../../support/address-text.ts';
import { prefixOf } from '../../support/policy-fixture.ts';

let folder = '';
let file = '';
let logged: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'syngate-leases-'));
  file = path.join(folder, 'state.db');
  logged = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const IPV4 = prefixOf('100.80.0.0/16');
const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line).msg) });

function open(change: { readonly ipv6?: string; readonly boot?: string } = {}): LeasePersistence {
  const { ipv6 = '2606:4700:cf1:4000::/64', boot = 'first' } = change;
  return new LeasePersistence({ file, ipv4: IPV4, ipv6: prefixOf(ipv6), boot, log });
}

function leaseOf(slot: number, hostname: string, resting = false): RestoredLease {
  return {
    slot,
    hostname,
    ipv4: Uint8Array.of(100, 80, slot >> 8, slot & 0xff),
    ipv6: addressBytes(`2606:4700:cf1:4000::${slot.toString(16)}`),
    real4: { addresses: [addressBytes('192.0.2.198')], aliases: ['cdn.example.net'], refreshAtMs: 1000 },
    real6: undefined,
    resting,
  };
}

function namesOf({ restored }: LeasePersistence): string[] {
  return restored.map(({ hostname }) => hostname).sort();
}

/** Writes leases in a process that is killed right after. */
function writeAndDie(count: number): void {
  const module = new URL('../../../src/gateway/names/lease-persistence.ts', import.meta.url).href;
  const code = `
    import { LeasePersistence } from ${JSON.stringify(module)};
    const prefix = (text, length) => ({ address: Uint8Array.from(text), length });
    const persistence = new LeasePersistence({
      file: ${JSON.stringify(file)}, log: console, boot: 'first',
      ipv4: prefix([100, 80, 0, 0], 16),
      ipv6: prefix([0x26, 6, 0x47, 0, 0x0c, 0xf1, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0], 64),
    });
    for (let slot = 1; slot <= ${count}; slot++) persistence.put({
      slot, hostname: 'n' + slot + '.example.com', ipv4: undefined, ipv6: undefined,
      real4: undefined, real6: undefined, resting: false,
    });
    process.kill(process.pid, 'SIGKILL');`;
  const { signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
  });
  expect(signal, stderr).toBe('SIGKILL');
}

describe('LeasePersistence', () => {
  test('remembers what was put, and what rests (S8)', () => {
    const persistence = open();
    expect([
      persistence.put(leaseOf(300, 'bank.example.com')),
      persistence.put(leaseOf(7, 'old.example.com', true)),
    ]).toEqual([true, true]);
    const { restored, history, isKept } = open();
    expect([history, isKept]).toEqual(['persisted', true]);
    const bank = restored.find(({ hostname }) => hostname === 'bank.example.com');
    expect(bank).toMatchObject({ slot: 300, resting: false, real6: undefined });
    expect(bank?.ipv4 && formatAddress(bank.ipv4)).toBe('100.80.1.44');
    expect(bank?.ipv6 && formatAddress(bank.ipv6)).toBe('2606:4700:cf1:4000::12c');
    expect(bank?.real4?.aliases).toEqual(['cdn.example.net']);
    // Due at once: they are as old as the gateway was away.
    expect(bank?.real4?.refreshAtMs).toBe(Number.NEGATIVE_INFINITY);
    expect(restored.find(({ slot }) => slot === 7)?.resting).toBe(true);
  });

  test('forgets a slot that may mean another name', () => {
    const persistence = open();
    persistence.put(leaseOf(300, 'bank.example.com'));
    expect(persistence.remove(300)).toBe(true);
    expect(open().restored).toEqual([]);
  });

  test('relies on nothing of the slots when the ranges are others, since these are other addresses now', () => {
    open().put(leaseOf(300, 'bank.example.com'));
    const changed = open({ ipv6: 'fd00::/64' });
    expect([changed.restored, changed.history]).toEqual([[], 'lost']);
  });

  test('remembers all that was put before a kill -9 (S8)', () => {
    writeAndDie(200);
    const persistence = open();
    expect([persistence.restored.length, persistence.history]).toEqual([200, 'persisted']);
  });

  test('relies on no address that it does not remember after a power cut (S8)', () => {
    writeAndDie(200);
    const persistence = open({ boot: 'second' });
    expect([persistence.restored.length, persistence.history]).toEqual([200, 'lost']);
    expect(logged).toEqual([expect.stringContaining('may be missing')]);
    persistence.forgetLoss();
    expect(open({ boot: 'second' }).history).toBe('persisted');
  });

  test('relies on everything after the machine was started anew, when the gateway had ended well (S8)', () => {
    const persistence = open();
    persistence.put(leaseOf(300, 'bank.example.com'));
    persistence.close();
    expect(persistence.put(leaseOf(301, 'late.example.com'))).toBe(false);
    const next = open({ boot: 'second' });
    expect([namesOf(next), next.history]).toEqual([['bank.example.com'], 'persisted']);
    expect(logged).toEqual([]);
  });

  test.each([1, 100, 4096])('does not rely on a log that lost its last %i bytes (FL-31)', (bytes) => {
    writeAndDie(200);
    const log = `${file}-wal`;
    truncateSync(log, statSync(log).size - bytes);
    const persistence = open();
    expect(persistence.history).toBe('uncertain');
    // What is there is true.
    expect(persistence.restored.length).toBeGreaterThan(100);
    for (const { slot, hostname } of persistence.restored) expect(hostname).toBe(`n${slot}.example.com`);
    expect(logged).toEqual([expect.stringContaining('cut short')]);
    // Until what is missing has rested.
    expect(open().history).toBe('uncertain');
    expect(persistence.isKept).toBe(true);
  });

  test.each([1, 100, 4096])(
    'begins anew when the file lost its last %i bytes, and relies on nothing (FL-31)',
    (bytes) => {
      writeAndDie(200);
      new DatabaseSync(file).close();
      truncateSync(file, statSync(file).size - bytes);
      const persistence = open();
      expect([persistence.restored, persistence.history, persistence.isKept]).toEqual([[], 'lost', true]);
      expect(logged).toEqual([expect.stringContaining('damaged')]);
      persistence.put(leaseOf(300, 'bank.example.com'));
      expect(namesOf(open())).toEqual(['bank.example.com']);
    },
  );

  test.each([
    ['emptied', () => truncateSync(file, 0)],
    ['removed, and its log was left', () => rmSync(file)],
    ['overwritten', () => writeFileSync(file, 'x'.repeat(8192))],
  ])('relies on nothing when the file was %s (FL-31)', (_what, harm) => {
    writeAndDie(20);
    harm();
    expect(open()).toMatchObject({ restored: [], history: 'lost', isKept: true });
  });

  test('says so once when the disk takes nothing, and writes everything when it does again (FL-31)', () => {
    const persistence = open();
    persistence.put(leaseOf(1, 'before.example.com'));
    const lock = new DatabaseSync(file);
    lock.exec('BEGIN IMMEDIATE');
    expect([
      persistence.put(leaseOf(2, 'bank.example.com')),
      persistence.put(leaseOf(3, 'shop.example.com')),
    ]).toEqual([false, false]);
    // What the disk has not forgotten must not mean another name.
    expect(persistence.remove(1)).toBe(false);
    persistence.catchUp(() => []);
    expect(persistence.isKept).toBe(false);
    expect(logged).toEqual([expect.stringContaining('spare addresses')]);
    lock.exec('ROLLBACK');
    persistence.catchUp(() => [leaseOf(2, 'bank.example.com'), leaseOf(3, 'shop.example.com')]);
    expect(persistence.isKept).toBe(true);
    expect(logged.at(-1)).toContain('again');
    expect(namesOf(open())).toEqual(['bank.example.com', 'shop.example.com']);
  });

  test('relies on nothing after a loss until what was lost has rested, over any restarts (FL-31)', () => {
    writeFileSync(file, 'x'.repeat(8192));
    open();
    const persistence = open();
    expect(persistence.history).toBe('lost');
    persistence.forgetLoss();
    expect(open().history).toBe('persisted');
  });

  test('goes on without a file that cannot be opened, and opens it when it can (FL-31)', () => {
    const place = path.join(folder, 'place');
    writeFileSync(place, 'in the way');
    file = path.join(place, 'state.db');
    const persistence = open();
    expect([persistence.isKept, persistence.put(leaseOf(1, 'bank.example.com'))]).toEqual([false, false]);
    rmSync(place);
    persistence.catchUp(() => [leaseOf(1, 'bank.example.com')]);
    expect(persistence.isKept).toBe(true);
    expect(namesOf(open())).toEqual(['bank.example.com']);
  });

  test.each([
    ['cannot be made', () => writeFileSync(path.dirname(file), 'in the way')],
    ['cannot be read', () => mkdirSync(file, { recursive: true })],
  ])('relies on no address, spare ones included, while the file %s (FL-31)', (_what, harm) => {
    file = path.join(folder, 'place', 'state.db');
    harm();
    // Spare addresses that names got when it last ran like this are written nowhere.
    expect(open()).toMatchObject({ isKept: false, history: 'uncertain', restored: [] });
  });

  test('relies on no address, spare ones included, when it can only read of other ranges or a loss (FL-31)', () => {
    open({ ipv6: 'fd00::/64' }).put(leaseOf(300, 'bank.example.com'));
    const lock = new DatabaseSync(file);
    lock.exec('BEGIN IMMEDIATE');
    expect(open()).toMatchObject({ isKept: false, history: 'uncertain', restored: [] });
    lock.exec("INSERT INTO lease_loss VALUES (1, 'all'); COMMIT; BEGIN IMMEDIATE");
    const persistence = open({ ipv6: 'fd00::/64' });
    expect([persistence.isKept, persistence.history, namesOf(persistence)]).toEqual([
      false,
      'uncertain',
      ['bank.example.com'],
    ]);
  });

  test('leaves the damaged file to look at', () => {
    writeFileSync(file, 'x'.repeat(8192));
    open();
    expect(readdirSync(folder).some((name) => name.startsWith('state.db.damaged-'))).toBe(true);
    expect(existsSync(file)).toBe(true);
  });
});
