/** Kept answers beside the pool that knows nothing of them: what a client may still believe is never retired. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LeasePool } from '../../../src/synthetic/lease-pool.ts';
import { addressBytes } from '../../support/address-text.ts';
import { prefixOf } from '../../support/policy-fixture.ts';

const LEASE_MS = 20_000;
const NAMES = ['a.example', 'b.example', 'c.example'];

interface Kept {
  readonly slot: number;
  readonly untilMs: number;
  readonly ttlSeconds: number;
}

/** The pool, and a front that gives answers again for half a lease, as `LeaseIssuer` and `composeAnswer` say. */
class House {
  nowMs = 1_000_000;
  readonly #kept = new Map<string, Kept>();
  /** What clients believe: until when which slot means the name. */
  readonly #beliefs = new Map<string, { slot: number; untilMs: number }>();
  readonly #pool = new LeasePool({
    ranges: { ipv4: prefixOf('100.80.0.0/29'), ipv6: undefined },
    leaseMs: LEASE_MS,
    quarantineMs: 600_000,
    ttlSeconds: 60,
    reserved: [],
    nowMs: this.nowMs,
  });

  ask(hostname: string, realSeconds: number): void {
    const kept = this.#kept.get(hostname);
    if (kept === undefined || kept.untilMs <= this.nowMs) this.#resolve(hostname, realSeconds);
    else {
      this.#pool.use.touch(kept.slot, this.nowMs);
      this.#tell(hostname, kept.slot, Math.min(kept.ttlSeconds, (kept.untilMs - this.nowMs) / 1000));
    }
  }

  pass(ms: number): void {
    this.nowMs += ms;
    this.#pool.sweep(this.nowMs);
    for (const [hostname, { slot, untilMs }] of this.#beliefs)
      if (untilMs > this.nowMs) expect(this.#pool.find(hostname)?.slot).toBe(slot);
  }

  #resolve(hostname: string, realSeconds: number): void {
    const addresses = [addressBytes('192.0.2.1')];
    const issued = this.#pool.issue(
      { hostname, family: 4, addresses, ttlSeconds: realSeconds, client: undefined },
      this.nowMs,
    );
    if (typeof issued === 'string') return;
    const { slot } = issued.lease;
    const forMs = Math.min(LEASE_MS / 2, (realSeconds - 1) * 1000);
    this.#kept.set(hostname, { slot, untilMs: this.nowMs + forMs, ttlSeconds: issued.ttlSeconds });
    this.#tell(hostname, slot, issued.ttlSeconds);
  }

  #tell(hostname: string, slot: number, ttlSeconds: number): void {
    this.#beliefs.set(hostname, { slot, untilMs: this.nowMs + ttlSeconds * 1000 });
  }
}

test('FrontCache never outlive their lease, nor does what clients were told (D3)', () => {
  const step = fc.oneof(
    fc.record({ name: fc.constantFrom(...NAMES), realSeconds: fc.integer({ min: 2, max: 100 }) }),
    fc.record({ ms: fc.integer({ min: 1, max: 15_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const house = new House();
      for (const each of steps) {
        if ('ms' in each) house.pass(each.ms);
        else house.ask(each.name, each.realSeconds);
      }
    }),
    { numRuns: 500 },
  );
});
