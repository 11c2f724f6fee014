import { describe, expect, it } from 'vitest';
import type { Lease } from '../../src/synthetic/lease.ts';
import { LeasePool } from '../../src/synthetic/lease-pool.ts';
import type { IssuedLease, LeasePoolOptions } from '../../src/synthetic/lease-pool-options.ts';
import {
  type Address,
  formatAddress,
  type Prefix,
  parseAddress,
  parsePrefix,
} from '../../src/wire/address.ts';

const LEASE_MS = 60_000;
const QUARANTINE_MS = 600_000;

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(`no prefix: ${text}`);
  return parsed;
}

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`no address: ${text}`);
  return parsed;
}

const REAL = [address('192.0.2.198')];

function newPool(ipv4: string, options: Partial<LeasePoolOptions> = {}): LeasePool {
  return new LeasePool({
    ranges: { ipv4: prefix(ipv4), ipv6: prefix('2606:4700:cf1:4000::/64') },
    leaseMs: LEASE_MS,
    quarantineMs: QUARANTINE_MS,
    ttlSeconds: 20,
    reserved: [],
    ...options,
  });
}

function ask(pool: LeasePool, hostname: string, nowMs: number, client?: Address) {
  return pool.issue({ hostname, family: 4, addresses: REAL, ttlSeconds: 300, client }, nowMs);
}

/** The lease of a request that must not be refused. */
function lease(pool: LeasePool, hostname: string, nowMs: number): Lease {
  return granted(ask(pool, hostname, nowMs)).lease;
}

function granted(issued: ReturnType<LeasePool['issue']>): IssuedLease {
  if (typeof issued === 'string') throw new Error(`refused: ${issued}`);
  return issued;
}

describe('LeasePool', () => {
  it('LeasePool gives a name the same addresses for as long as its lease lives (S1)', () => {
    const pool = newPool('100.80.0.0/24');
    const first = lease(pool, 'bank.example.com', 0);
    const again = lease(pool, 'bank.example.com', LEASE_MS - 1);
    expect([again.ipv4, again.ipv6]).toEqual([first.ipv4, first.ipv6]);
  });

  it('LeasePool puts A and AAAA of a name into one lease (S1)', () => {
    const pool = newPool('100.80.0.0/24');
    const four = lease(pool, 'bank.example.com', 0);
    const real6 = [address('2001:db8:2::1')];
    const request = {
      hostname: 'bank.example.com',
      family: 6,
      addresses: real6,
      ttlSeconds: 9,
      client: undefined,
    } as const;
    const six = granted(pool.issue(request, 5000)).lease;
    expect(six).toMatchObject({ slot: four.slot, ipv4: four.ipv4, ipv6: four.ipv6 });
    expect(six.real4).toEqual({ addresses: REAL, aliases: [], refreshAtMs: 300_000 });
    expect(six.real6).toEqual({ addresses: real6, aliases: [], refreshAtMs: 15_000 });
  });

  it('LeasePool never gives two names one address, nor network, broadcast or reserved ones, to the last free slot', () => {
    const pool = newPool('100.80.0.0/24', { reserved: [address('100.80.0.1')] });
    const seen = new Set<string>();
    for (let index = 0; index < 253; index++) {
      const { ipv4, ipv6, slot } = lease(pool, `host${index}.example`, 0);
      expect(ipv4?.[3]).toBe(slot);
      seen.add(formatAddress(ipv4 ?? new Uint8Array(4)));
      seen.add(formatAddress(ipv6 ?? new Uint8Array(16)));
    }
    expect(seen.size).toBe(506);
    for (const text of ['100.80.0.0', '100.80.0.1', '100.80.0.255']) expect(seen).not.toContain(text);
    expect(pool.capacity).toEqual({ usable: 253, free: 0, spare: 0, live: 253, resting: 0 });
  });

  it('LeasePool refuses when it is full, and keeps what it has (FL-11)', () => {
    const pool = newPool('100.80.0.0/29');
    const held = Array.from({ length: 6 }, (_, index) => lease(pool, `h${index}`, 0));
    expect(ask(pool, 'one.more', 1000)).toBe('pool-exhausted');
    expect(held.map(({ hostname }) => pool.find(hostname)?.slot)).toEqual(held.map(({ slot }) => slot));
  });

  it('LeasePool tells whose quota how many leases are counted in, IPv6 clients too', () => {
    const pool = newPool('100.80.0.0/24');
    const [four, six] = [address('10.64.0.2'), address('fd00:64::2')];
    for (const name of ['one', 'two', 'one']) ask(pool, name, 0, four);
    ask(pool, 'three', 0, six);
    ask(pool, 'one', 0, six);
    expect([...pool.leasesByClient()]).toEqual([
      { client: four, leases: 2 },
      { client: six, leases: 1 },
    ]);
  });

  it('LeasePool lets an idle lease mean nothing, and only after the quarantine another name (S2, S3, FL-22)', () => {
    const retired: string[] = [];
    const pool = newPool('100.80.0.0/30', { onRetire: ({ hostname }) => retired.push(hostname) });
    const [one] = [lease(pool, 'one', 0), lease(pool, 'two', 0)];
    pool.sweep(LEASE_MS);
    expect(retired.sort()).toEqual(['one', 'two']);
    expect(pool.leaseOf(one.ipv4 ?? new Uint8Array(4))).toBeUndefined();
    expect(pool.leaseOf(one.ipv6 ?? new Uint8Array(16))).toBeUndefined();
    expect(ask(pool, 'three', LEASE_MS + QUARANTINE_MS - 1)).toBe('pool-exhausted');
    expect(ask(pool, 'three', LEASE_MS + QUARANTINE_MS)).toMatchObject({ changed: true });
  });

  it('LeasePool ends the lease that was idle longest first', () => {
    const retired: string[] = [];
    const pool = newPool('100.80.0.0/24', { onRetire: ({ hostname }) => retired.push(hostname) });
    for (const [index, name] of ['one', 'two', 'three'].entries()) lease(pool, name, index);
    lease(pool, 'one', 10);
    for (let round = 0; round < 3; round++) pool.sweep(2 * LEASE_MS, 1);
    expect(retired).toEqual(['two', 'three', 'one']);
  });

  it('LeasePool gives a resting address back to its own name', () => {
    const pool = newPool('100.80.0.0/24');
    const first = lease(pool, 'bank', 0);
    pool.sweep(LEASE_MS);
    const again = granted(ask(pool, 'bank', LEASE_MS + 1000));
    expect(again).toMatchObject({ changed: true, lease: { ipv4: first.ipv4, ipv6: first.ipv6 } });
    expect(pool.leaseOf(first.ipv6 ?? new Uint8Array(16))?.hostname).toBe('bank');
    expect(pool.capacity).toMatchObject({ live: 1, resting: 0 });
  });

  it('LeasePool keeps a lease while a flow is open, and a whole lease longer (S2)', () => {
    const pool = newPool('100.80.0.0/24');
    const { slot } = lease(pool, 'bank', 0);
    pool.use.open(slot, 1000);
    pool.sweep(100 * LEASE_MS);
    expect(pool.find('bank')?.slot).toBe(slot);
    pool.use.close(slot, 100 * LEASE_MS);
    pool.sweep(101 * LEASE_MS - 1);
    expect(pool.find('bank')?.slot).toBe(slot);
    pool.sweep(103 * LEASE_MS);
    expect(pool.find('bank')).toBeUndefined();
  });

  it('LeasePool keeps a lease that is used without being asked for', () => {
    const pool = newPool('100.80.0.0/24');
    const { slot } = lease(pool, 'bank', 0);
    pool.use.touch(slot, LEASE_MS - 1000);
    pool.sweep(LEASE_MS + 1);
    expect(pool.find('bank')?.slot).toBe(slot);
  });

  it('LeasePool begins the quarantine again when a flow was opened just as the lease was retired', () => {
    const pool = newPool('100.80.0.0/30');
    const { slot } = lease(pool, 'one', 0);
    lease(pool, 'two', 0);
    pool.sweep(LEASE_MS);
    pool.use.open(slot, LEASE_MS + 1);
    const over = LEASE_MS + QUARANTINE_MS;
    pool.sweep(over);
    expect(pool.capacity).toMatchObject({ free: 1, resting: 1 });
    pool.sweep(over + QUARANTINE_MS);
    expect(pool.capacity).toMatchObject({ free: 1, resting: 1 });
    pool.use.close(slot, over + QUARANTINE_MS + 1000);
    pool.sweep(over + 2 * QUARANTINE_MS);
    expect(pool.capacity).toMatchObject({ free: 1, resting: 1 });
    pool.sweep(over + 3 * QUARANTINE_MS + 2000);
    expect(pool.capacity).toMatchObject({ free: 2, resting: 0 });
  });

  it('LeasePool under pressure shortens the quarantine to its floor, oldest first, and no further', () => {
    const pool = newPool('100.80.0.0/30', { quarantineMs: 86_400_000, shortestQuarantineMs: 600_000 });
    const oldest = lease(pool, 'oldest', 0);
    pool.sweep(LEASE_MS);
    lease(pool, 'older', LEASE_MS);
    pool.sweep(2 * LEASE_MS);
    expect(ask(pool, 'new', LEASE_MS + 599_999)).toBe('pool-exhausted');
    expect(lease(pool, 'new', LEASE_MS + 600_000).slot).toBe(oldest.slot);
    expect(ask(pool, 'newer', LEASE_MS + 600_000)).toBe('pool-exhausted');
  });

  it.each([
    ['the real TTL', 12, 12],
    ['the configured most', 300, 20],
    ['a floor, for TTL 0 (D29)', 0, 5],
  ])('LeasePool answers with %s as TTL (S2)', (_, real, answered) => {
    const pool = newPool('100.80.0.0/24');
    const request = {
      hostname: 'x',
      family: 4,
      addresses: REAL,
      ttlSeconds: real,
      client: undefined,
    } as const;
    expect(pool.issue(request, 0)).toMatchObject({ ttlSeconds: answered });
  });

  it('LeasePool tells when a lease can end', () => {
    const pool = newPool('100.80.0.0/24');
    const bank = lease(pool, 'bank', 500);
    expect(pool.expiresAtMs(bank)).toBe(500 + LEASE_MS);
    pool.sweep(500 + LEASE_MS);
    expect(pool.expiresAtMs(bank)).toBeUndefined();
  });

  it('LeasePool never answers with a TTL of more than half a lease (S2)', () => {
    const pool = newPool('100.80.0.0/24', { leaseMs: 10_000, ttlSeconds: 3600 });
    expect(ask(pool, 'x', 0)).toMatchObject({ ttlSeconds: 5 });
  });

  it('LeasePool says whether anything changed for the workers', () => {
    const pool = newPool('100.80.0.0/24');
    const request = { hostname: 'x', family: 4, addresses: REAL, ttlSeconds: 60, client: undefined } as const;
    expect(pool.issue(request, 0)).toMatchObject({ changed: true });
    expect(pool.issue(request, 10)).toMatchObject({ changed: false });
    expect(pool.issue({ ...request, addresses: [address('192.0.2.7')] }, 20)).toMatchObject({
      changed: true,
    });
  });

  it('LeasePool holds each client to its quota, which quarantined names count against (FL-11)', () => {
    const quota = { leases: 3, leasesPerSecond: 1000, burst: 1000 };
    const pool = newPool('100.80.0.0/24', { quota });
    const [eve, alice] = [address('10.64.0.9'), address('10.64.0.2')];
    for (const name of ['a', 'b', 'c']) granted(ask(pool, name, 0, eve));
    expect(ask(pool, 'd', 0, eve)).toBe('client-quota');
    expect(ask(pool, 'a', 0, eve)).toMatchObject({ changed: false });
    expect(ask(pool, 'd', 0, alice)).toMatchObject({ changed: true });
    pool.sweep(LEASE_MS);
    expect(ask(pool, 'e', LEASE_MS, eve)).toBe('client-quota');
    expect(ask(pool, 'e', LEASE_MS + QUARANTINE_MS, eve)).toMatchObject({ changed: true });
  });

  it('LeasePool counts a name against its client until another might have its address, and then who takes it up (FL-11)', () => {
    const quota = { leases: 2, leasesPerSecond: 1000, burst: 1000 };
    const shortestQuarantineMs = 100_000;
    const pool = newPool('100.80.0.0/24', { quota, shortestQuarantineMs });
    const [office, alice] = [address('10.64.0.9'), address('10.64.0.2')];
    for (const name of ['a', 'b']) granted(ask(pool, name, 0, office));
    pool.sweep(LEASE_MS);
    const nearlyMs = LEASE_MS + shortestQuarantineMs - 1;
    pool.sweep(nearlyMs);
    expect(pool.allows('c', office, nearlyMs)).toBe(false);
    // One that is still paid for lives again for nothing.
    expect(ask(pool, 'b', nearlyMs, alice)).toMatchObject({ isNew: false, changed: true });
    const ms = nearlyMs + 1;
    pool.sweep(ms);
    expect(ask(pool, 'c', ms, office)).toMatchObject({ isNew: true });
    expect(ask(pool, 'd', ms, office)).toBe('client-quota');
    // The name still has its address, and it still costs as much as another.
    expect(pool.capacity).toMatchObject({ live: 2, resting: 1 });
    expect([pool.allows('a', office, ms), pool.allows('a', alice, ms)]).toEqual([false, true]);
    expect(ask(pool, 'a', ms, office)).toBe('client-quota');
    expect(ask(pool, 'a', ms, alice)).toMatchObject({ isNew: false, changed: true });
    expect(ask(pool, 'x', ms, alice)).toMatchObject({ isNew: true });
    expect(ask(pool, 'y', ms, alice)).toBe('client-quota');
    // At the end nobody owes anything.
    for (const round of [1, 2]) pool.sweep(ms + round * (LEASE_MS + QUARANTINE_MS));
    expect(pool.capacity).toMatchObject({ live: 0, resting: 0 });
    for (const client of [office, alice])
      for (const name of ['p', 'q']) granted(ask(pool, `${name}${client[3]}`, 10 * QUARANTINE_MS, client));
  });

  it('LeasePool works with one family alone and refuses the other', () => {
    const six = new LeasePool({
      ranges: { ipv4: undefined, ipv6: prefix('fd00:1::/64') },
      leaseMs: LEASE_MS,
      quarantineMs: QUARANTINE_MS,
      ttlSeconds: 20,
      reserved: [],
    });
    expect(ask(six, 'x', 0)).toBe('family-without-range');
    const request = {
      hostname: 'x',
      family: 6,
      addresses: [address('2001:db8::1')],
      ttlSeconds: 5,
      client: undefined,
    } as const;
    const issued = granted(six.issue(request, 0)).lease;
    expect(issued.ipv4).toBeUndefined();
    expect(formatAddress(issued.ipv6 ?? new Uint8Array(16))).toMatch(/^fd00:1:/);
  });

  it('LeasePool spreads names evenly over the whole /16 (S1, chi-square)', () => {
    const counts = new Array<number>(256).fill(0);
    const rounds = 4;
    for (let round = 0; round < rounds; round++) {
      const pool = newPool('100.80.0.0/16');
      for (let index = 0; index < 5000; index++) {
        const cell = lease(pool, `n${index}`, 0).slot >> 8;
        counts[cell] = (counts[cell] ?? 0) + 1;
      }
    }
    const expected = (rounds * 5000) / 256;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 255 degrees of freedom: beyond these bounds in one of 10^9 runs.
    expect(chiSquare).toBeGreaterThan(140);
    expect(chiSquare).toBeLessThan(410);
  });

  it.each([
    ['no range', { ranges: { ipv4: undefined, ipv6: undefined } }],
    ['an IPv4 range without room', { ranges: { ipv4: prefix('100.80.0.0/31'), ipv6: undefined } }],
    ['an IPv6 range that can be guessed', { ranges: { ipv4: undefined, ipv6: prefix('fd00::/112') } }],
    ['a lease of no length', { leaseMs: 0 }],
    ['a quarantine of NaN', { quarantineMs: Number.NaN }],
  ])('LeasePool cannot be made with %s', (_, options) => {
    expect(() => newPool('100.80.0.0/24', options)).toThrow(RangeError);
  });
});
