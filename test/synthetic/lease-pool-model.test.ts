/** Random operations against a model that knows nothing but what was promised of each address (S2, FL-22). */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LeasePool } from '../../src/synthetic/lease-pool.ts';
import { formatAddress, parsePrefix } from '../../src/wire/address.ts';

const LEASE_MS = 10_000;
const QUARANTINE_MS = 60_000;
const SHORTEST_MS = 20_000;

type Step =
  | { readonly kind: 'ask'; readonly name: number; readonly family: 4 | 6 }
  | { readonly kind: 'open' | 'close' | 'touch'; readonly name: number }
  | { readonly kind: 'pass'; readonly ms: number };

const name = fc.nat(40);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('ask' as const), name, family: fc.constantFrom(4, 6) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('open', 'close', 'touch'), name }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(30_000) }) },
);

interface Meaning {
  readonly hostname: string;
  /** The address was last answered, used, or held by a flow. */
  lastMs: number;
}

it('LeasePool never lets an address mean two names within lease and quarantine, nor moves a held one', () => {
  fc.assert(fc.property(fc.array(step, { minLength: 200, maxLength: 400 }), runAgainstModel), {
    numRuns: 120,
  });
});

function runAgainstModel(steps: readonly Step[]): void {
  const pool = new LeasePool({
    // 14 usable slots for 41 names: pressure all the time.
    ranges: { ipv4: parsePrefix('100.80.0.0/28'), ipv6: parsePrefix('fd00::/64') },
    leaseMs: LEASE_MS,
    quarantineMs: QUARANTINE_MS,
    shortestQuarantineMs: SHORTEST_MS,
    ttlSeconds: 5,
    reserved: [],
  });
  const meanings = new Map<string, Meaning>();
  const flows = new Map<number, number>();
  let nowMs = 1;

  for (const each of steps) {
    if (each.kind === 'pass') {
      nowMs += each.ms;
      pool.sweep(nowMs);
    } else if (each.kind === 'ask') {
      ask(each);
    } else {
      usePackets(each);
    }
    holdOpenFlows();
    const { usable, free, live, resting } = pool.capacity;
    expect(free + live + resting).toBe(usable);
  }

  function ask({ name: number, family }: Extract<Step, { kind: 'ask' }>): void {
    const hostname = `n${number}`;
    const addresses = [new Uint8Array(family === 4 ? 4 : 16)];
    const issued = pool.issue({ hostname, family, addresses, ttlSeconds: 5, client: undefined }, nowMs);
    if (typeof issued === 'string') {
      expect(issued).toBe('pool-exhausted');
      expect(pool.find(hostname)).toBeUndefined();
      return;
    }
    for (const address of [issued.lease.ipv4, issued.lease.ipv6]) {
      const text = formatAddress(address ?? new Uint8Array(4));
      const before = meanings.get(text);
      if (before !== undefined && before.hostname !== hostname) {
        expect(nowMs - before.lastMs).toBeGreaterThanOrEqual(LEASE_MS + SHORTEST_MS);
      }
      meanings.set(text, { hostname, lastMs: nowMs });
      expect(pool.leaseOf(address ?? new Uint8Array(4))?.hostname).toBe(hostname);
    }
  }

  function usePackets({ kind, name: number }: Extract<Step, { kind: 'open' | 'close' | 'touch' }>): void {
    const lease = pool.find(`n${number}`);
    if (lease === undefined) return;
    const open = flows.get(lease.slot) ?? 0;
    if (kind === 'close' && open === 0) return;
    pool.use[kind](lease.slot, nowMs);
    if (kind !== 'touch') flows.set(lease.slot, open + (kind === 'open' ? 1 : -1));
    markUsed(formatAddress(lease.ipv4 ?? new Uint8Array(4)));
  }

  /** An address with an open flow means its name now, whatever the time. */
  function holdOpenFlows(): void {
    for (const lease of pool.leases()) {
      if ((flows.get(lease.slot) ?? 0) > 0) markUsed(formatAddress(lease.ipv4 ?? new Uint8Array(4)));
    }
    for (const [slot, open] of flows) {
      if (open > 0) expect([...pool.leases()].some((lease) => lease.slot === slot)).toBe(true);
    }
  }

  function markUsed(address: string): void {
    const meaning = meanings.get(address);
    if (meaning !== undefined) meaning.lastMs = nowMs;
  }
}
