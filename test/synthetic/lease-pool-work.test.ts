/**
 * What a lease costs, in work and not in time: random numbers drawn and slots looked at. A pool that looks for a free
 * address by trying, or by going through all, does more of one or the other the fuller it is.
 */
import * as crypto from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { LeasePool } from '../../src/synthetic/lease-pool.ts';
import type { LeasePoolOptions } from '../../src/synthetic/lease-pool-options.ts';
import { LeaseSlots } from '../../src/synthetic/lease-slots.ts';
import { addressBytes } from '../support/address-text.ts';
import { prefixOf } from '../support/policy-fixture.ts';

vi.mock('node:crypto', async (importOriginal) => {
  const original = await importOriginal<typeof crypto>();
  return { ...original, randomInt: vi.fn(original.randomInt), randomBytes: vi.fn(original.randomBytes) };
});
const looks = vi.spyOn(LeaseSlots.prototype, 'atNumber');
const walks = [vi.spyOn(LeaseSlots.prototype, 'all'), vi.spyOn(LeaseSlots.prototype, 'live')];

const LEASE_MS = 60_000;
const QUARANTINE_MS = 600_000;
const REAL = [addressBytes('192.0.2.198')];

beforeEach(() => vi.clearAllMocks());

function openPool(options: Partial<LeasePoolOptions> = {}): LeasePool {
  return new LeasePool({
    ranges: { ipv4: prefixOf('100.80.0.0/16'), ipv6: prefixOf('2606:4700:cf1:4000::/64') },
    leaseMs: LEASE_MS,
    quarantineMs: QUARANTINE_MS,
    ttlSeconds: 20,
    reserved: [],
    ...options,
  });
}

function ask(pool: LeasePool, hostname: string, nowMs: number): boolean {
  const request = { hostname, family: 4, addresses: REAL, ttlSeconds: 300, client: undefined } as const;
  return typeof pool.issue(request, nowMs) !== 'string';
}

function fill(pool: LeasePool, part: number, nowMs = 0): void {
  for (let index = 0; pool.capacity.free > pool.capacity.usable * (1 - part); index++)
    ask(pool, `fill${part}-${index}.example`, nowMs);
}

/** The work of one new lease. */
function workOf(pool: LeasePool, hostname: string, nowMs: number) {
  vi.clearAllMocks();
  expect(ask(pool, hostname, nowMs)).toBe(true);
  return {
    numbers: vi.mocked(crypto.randomInt).mock.calls.length + vi.mocked(crypto.randomBytes).mock.calls.length,
    looks: looks.mock.calls.length,
    walks: walks.reduce((sum, walk) => sum + walk.mock.calls.length, 0),
  };
}

describe('LeasePool', () => {
  it('LeasePool does no more for a new name at 95 % and at 99.9 % full than when it is empty', () => {
    const pool = openPool();
    ask(pool, 'first.example', 0);
    const empty = workOf(pool, 'empty.example', 1000);
    // One for each address.
    expect(empty).toMatchObject({ numbers: 2, walks: 0 });
    for (const part of [0.95, 0.999]) {
      fill(pool, part);
      expect(pool.capacity.live / pool.capacity.usable).toBeGreaterThan(part - 0.001);
      expect(workOf(pool, `full${part}.example`, 1000)).toEqual(empty);
    }
  });

  it('LeasePool does little to begin a lease when all others run out at one moment, as after a restart', () => {
    const first = openPool();
    fill(first, 0.9);
    const pool = openPool({ restored: [...first.remembered()] });
    const due = pool.capacity.live;
    const { looks: looked } = workOf(pool, 'new.example', LEASE_MS);
    expect(looked).toBeLessThan(20);
    const { live } = pool.capacity;
    // But more leases end than begin.
    expect(due - live).toBeGreaterThan(1);
  });

  it('LeasePool ends many leases a sweep, and not all at once', () => {
    let retired = 0;
    const pool = openPool({ onRetire: () => retired++ });
    fill(pool, 0.5);
    pool.sweep(LEASE_MS);
    const inOne = retired;
    expect(inOne).toBeGreaterThan(500);
    expect(inOne).toBeLessThan(2000);
    while (pool.capacity.live > 0) pool.sweep(LEASE_MS);
    pool.sweep(LEASE_MS + QUARANTINE_MS);
    expect(pool.capacity.resting).toBe(retired - inOne);
  });

  it('LeasePool under pressure takes the address that has rested longest, without looking for it', () => {
    const pool = openPool();
    fill(pool, 1);
    while (pool.capacity.live > 0) pool.sweep(LEASE_MS);
    expect(pool.capacity).toMatchObject({ free: 0, live: 0 });
    const { looks: looked, walks: walked } = workOf(pool, 'new.example', LEASE_MS + QUARANTINE_MS);
    expect([looked < 20, walked]).toEqual([true, 0]);
  });
});
