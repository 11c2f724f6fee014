import { describe, expect, test } from 'vitest';
import { type FreshAddresses, LeaseRefresher } from '../../../src/gateway/names/lease-refresher.ts';
import type { Lease } from '../../../src/synthetic/lease.ts';
import { LeasePool } from '../../../src/synthetic/lease-pool.ts';
import { formatAddress } from '../../../src/wire/address.ts';
import { addressBytes } from '../../support/address-text.ts';
import { prefixOf } from '../../support/policy-fixture.ts';

const LEASE_MS = 600_000;
const OLD = '192.0.2.1';
const NEW = '192.0.2.2';

/** A pool with one name, whose real address is good for 60 s, and a refresher that is told `answer`. */
function begin(answer: FreshAddresses | undefined) {
  let nowMs = 0;
  const asked: string[] = [];
  const changed: Lease[] = [];
  const pool = new LeasePool({
    ranges: { ipv4: prefixOf('100.80.0.0/24'), ipv6: undefined },
    leaseMs: LEASE_MS,
    quarantineMs: LEASE_MS,
    ttlSeconds: 60,
    reserved: [],
  });
  const refresher = new LeaseRefresher({
    pool,
    lookUp: (hostname, family) => {
      asked.push(`${hostname} ${family}`);
      return Promise.resolve(answer);
    },
    onChange: (lease) => changed.push(lease),
    idleMs: LEASE_MS,
    nowMs: () => nowMs,
  });
  const ask = (hostname: string) => {
    const addresses = [addressBytes(OLD)];
    const issued = pool.issue({ hostname, family: 4, addresses, ttlSeconds: 60, client: undefined }, nowMs);
    if (typeof issued === 'string') throw new Error(issued);
    return issued.lease;
  };
  const at = (ms: number) => {
    nowMs = ms;
    return refresher.refresh();
  };
  const real = () => pool.find('cdn.example.com')?.real4?.addresses.map(formatAddress);
  return { pool, ask, at, asked, changed, real };
}

const MOVED: FreshAddresses = { addresses: [addressBytes(NEW)], aliases: [], ttlSeconds: 60 };

describe('LeaseRefresher', () => {
  test('looks up a name in use shortly before its addresses run out, and tells where it is now (FL-46)', async () => {
    const { pool, ask, at, asked, changed, real } = begin(MOVED);
    pool.use.open(ask('cdn.example.com').slot, 0);
    await at(54_000);
    expect(asked).toEqual([]);
    await at(56_000);
    expect(asked).toEqual(['cdn.example.com 4']);
    expect(changed).toHaveLength(1);
    expect(real()).toEqual([NEW]);
    await at(58_000);
    expect(asked).toHaveLength(1);
  });

  test('leaves a name alone that nobody uses', async () => {
    const { ask, at, asked } = begin(MOVED);
    ask('cdn.example.com');
    await at(56_000);
    expect(asked).toEqual([]);
  });

  test('keeps the addresses while nobody can tell, and asks again every half minute (D17, FL-46)', async () => {
    const { pool, ask, at, asked, changed, real } = begin(undefined);
    pool.use.open(ask('cdn.example.com').slot, 0);
    for (let ms = 50_000; ms <= 590_000; ms += 2000) await at(ms);
    expect(real()).toEqual([OLD]);
    expect(changed).toEqual([]);
    expect(asked.length).toBeGreaterThan(15);
    expect(asked.length).toBeLessThan(25);
  });

  test('says nothing to anybody when the addresses are the same', async () => {
    const { pool, ask, at, asked, changed } = begin({
      addresses: [addressBytes(OLD)],
      aliases: [],
      ttlSeconds: 60,
    });
    pool.use.open(ask('cdn.example.com').slot, 0);
    await at(56_000);
    expect(asked).toHaveLength(1);
    expect(changed).toEqual([]);
  });

  test('does not lengthen the lease', async () => {
    const { pool, ask, at } = begin(MOVED);
    const lease = ask('cdn.example.com');
    pool.use.touch(lease.slot, 0);
    const endsMs = pool.expiresAtMs(lease);
    await at(56_000);
    expect(pool.expiresAtMs(lease)).toBe(endsMs);
  });

  test('asks for a bounded number of names at one time', async () => {
    const { pool, ask, at, asked } = begin(MOVED);
    for (let index = 0; index < 100; index++) pool.use.open(ask(`n${index}.example.com`).slot, 0);
    await at(56_000);
    expect(asked).toHaveLength(32);
    await at(56_000);
    await at(56_000);
    await at(56_000);
    expect(new Set(asked).size).toBe(100);
  });

  test('begins with the names that have been due for longest, so that none is left out for ever (FL-46)', async () => {
    const { pool, ask, at, asked } = begin(MOVED);
    for (let index = 0; index < 100; index++) pool.use.open(ask(`n${index}.example.com`).slot, 0);
    // As slowly as that the first are due again before the last have been asked for.
    for (let minutes = 1; minutes <= 4; minutes++) await at(minutes * 60_000);
    expect(new Set(asked).size).toBe(100);
  });
});
