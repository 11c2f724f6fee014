/** Leases over restarts, and over times that nobody measured: no address ever means another name too soon (S8, FL-22, FL-36). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeasePool } from '../../src/synthetic/lease-pool.ts';
import type { LeasePoolOptions, RestoredLease } from '../../src/synthetic/lease-pool-options.ts';
import type { LeaseHistory } from '../../src/synthetic/slot-supply.ts';
import { type Address, formatAddress } from '../../src/wire/address.ts';
import { addressBytes } from '../support/address-text.ts';
import { prefixOf } from '../support/policy-fixture.ts';

const LEASE_MS = 60_000;
const QUARANTINE_MS = 600_000;
const HOUR_MS = 3_600_000;
const REAL = [addressBytes('192.0.2.198')];

function openPool(options: Partial<LeasePoolOptions> = {}): LeasePool {
  return new LeasePool({
    ranges: { ipv4: prefixOf('100.80.0.0/28'), ipv6: prefixOf('2606:4700:cf1:4000::/64') },
    leaseMs: LEASE_MS,
    quarantineMs: QUARANTINE_MS,
    shortestQuarantineMs: QUARANTINE_MS,
    ttlSeconds: 20,
    reserved: [],
    ...options,
  });
}

/** The addresses of a name, or undefined when there are none to be had. */
function ask(pool: LeasePool, hostname: string, nowMs: number) {
  const request = { hostname, family: 4, addresses: REAL, ttlSeconds: 300, client: undefined } as const;
  const issued = pool.issue(request, nowMs);
  return typeof issued === 'string' ? undefined : issued.lease;
}

function meaningOf(pool: LeasePool, address: Address | undefined): string | undefined {
  return address === undefined ? undefined : pool.leaseOf(address)?.hostname;
}

/** The same pool after a restart, however long that took and whatever the wall clock says now. */
function restart(pool: LeasePool, nowMs: number, options: Partial<LeasePoolOptions> = {}): LeasePool {
  const restored: RestoredLease[] = structuredClone([...pool.remembered()]);
  return openPool({ restored, nowMs, ...options });
}

describe('LeasePool', () => {
  it('LeasePool means the same by every address after a restart, of both families (S8)', () => {
    const pool = openPool();
    const leases = ['bank', 'shop', 'news'].map((name) => ask(pool, `${name}.example.com`, 0));
    // The monotonic clock begins anew with the machine.
    const next = restart(pool, 5);
    for (const lease of leases) {
      expect(meaningOf(next, lease?.ipv4)).toBe(lease?.hostname);
      expect(meaningOf(next, lease?.ipv6)).toBe(lease?.hostname);
      expect(ask(next, lease?.hostname ?? '', 6)).toMatchObject({ ipv4: lease?.ipv4, ipv6: lease?.ipv6 });
    }
  });

  it('LeasePool lets a client that kept an address for an hour reach its host or nothing, restart or not (S2, S8, FL-22)', () => {
    const pool = openPool({ quarantineMs: 24 * HOUR_MS, shortestQuarantineMs: 2 * HOUR_MS });
    const kept = ask(pool, 'bank.example.com', 0)?.ipv4;
    const times = { quarantineMs: 24 * HOUR_MS, shortestQuarantineMs: 2 * HOUR_MS };
    const next = restart(pool, 0, times);
    // Others want every address there is, all the time.
    for (let ms = 0; ms <= HOUR_MS; ms += 20_000) {
      for (let index = 0; index < 20; index++) ask(next, `other${index}.example.com`, ms);
      expect([undefined, 'bank.example.com']).toContain(meaningOf(next, kept));
    }
    expect(meaningOf(next, kept)).toBeUndefined();
    expect(ask(next, 'bank.example.com', HOUR_MS)?.ipv4).toEqual(kept);
  });

  it('LeasePool lets an address that rested before the restart rest anew (S8)', () => {
    const pool = openPool();
    const lease = ask(pool, 'bank.example.com', 0);
    pool.sweep(LEASE_MS + 1);
    const next = restart(pool, 0);
    expect(next.capacity).toMatchObject({ live: 0, resting: 1 });
    expect(meaningOf(next, lease?.ipv4)).toBeUndefined();
    next.sweep(QUARANTINE_MS - 1);
    expect(next.capacity.resting).toBe(1);
    next.sweep(QUARANTINE_MS + 1);
    expect(next.capacity.resting).toBe(0);
  });

  it.each<LeaseHistory>(['persisted', 'lost', 'uncertain'])(
    'LeasePool leases what has rested since a start with a history that is %s at once, swept or not (FL-31)',
    (history) => {
      let ended = 0;
      const onFallowEnd = () => ended++;
      const ranges = { ipv4: prefixOf('100.80.0.0/27'), ipv6: undefined };
      const pool = openPool({ ranges, history, onFallowEnd });
      const { usable, free } = pool.capacity;
      const askAll = (ms: number) =>
        Array.from({ length: usable }, (_, index) => ask(pool, `n${index}.example.com`, ms)).filter(Boolean);
      expect(askAll(QUARANTINE_MS - 1)).toHaveLength(free);
      expect([free < usable, ended]).toEqual([true, 0]);
      expect(askAll(QUARANTINE_MS)).toHaveLength(usable);
      expect(ended).toBe(1);
    },
  );

  it.each<[string, Partial<RestoredLease>]>([
    ['a slot outside the range', { slot: 4000 }],
    ['the network address', { slot: 0 }],
    ['the slot of another', { slot: 3, hostname: 'other.example.com' }],
    ['the name of another', { slot: 4, hostname: 'first.example.com' }],
  ])('LeasePool restores no lease with %s', (_what, change) => {
    const base = { ipv4: undefined, ipv6: undefined, real4: undefined, real6: undefined, resting: false };
    const first = { ...base, slot: 3, hostname: 'first.example.com' };
    const pool = openPool({ restored: [first, { ...first, slot: 5, hostname: 'x.example.com', ...change }] });
    expect([...pool.leases()].map(({ hostname }) => hostname)).toEqual(['first.example.com']);
  });

  it('LeasePool never lets an address mean two names within its quarantine, over any restarts (S2, S8)', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('ask'), name: fc.nat(30) }) },
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constant('wait'), name: fc.integer({ min: 1, max: 400 }) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart'), name: fc.constant(0) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        let pool = openPool();
        let nowMs = 0;
        const lastMeant = new Map<string, { hostname: string; ms: number }>();
        for (const { kind, name } of steps) {
          if (kind === 'wait') nowMs += name * 1000;
          if (kind === 'restart') pool = restart(pool, nowMs);
          pool.sweep(nowMs);
          const lease = kind === 'ask' ? ask(pool, `n${name}.example.com`, nowMs) : undefined;
          for (const address of [lease?.ipv4, lease?.ipv6]) {
            if (lease === undefined || address === undefined) continue;
            const key = formatAddress(address);
            const before = lastMeant.get(key);
            const isAnother = before !== undefined && before.hostname !== lease.hostname;
            // The answer that told of it lives at most half a lease, and the quarantine begins after the lease.
            if (isAnother) expect(nowMs - before.ms).toBeGreaterThanOrEqual(QUARANTINE_MS);
            lastMeant.set(key, { hostname: lease.hostname, ms: nowMs });
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
