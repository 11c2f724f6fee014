import { beforeEach, describe, expect, test } from 'vitest';
import { type LeaseSlot, LeaseSlots } from '../../src/synthetic/lease-slots.ts';
import { SlotCycle } from '../../src/synthetic/slot-cycle.ts';

const LEASE_MS = 60_000;
const REST_MS = 600_000;

let slots: LeaseSlots;
let cycle: SlotCycle;
beforeEach(() => {
  slots = new LeaseSlots();
  cycle = new SlotCycle(16, slots, LEASE_MS);
});

/** A live slot that is to be looked at after a whole lease. */
function begin(number: number, nowMs: number): LeaseSlot {
  const slot: LeaseSlot = {
    lease: {
      slot: number,
      hostname: `n${number}.example.com`,
      ipv4: undefined,
      ipv6: undefined,
      real4: undefined,
      real6: undefined,
    },
    resting: false,
    timeMs: nowMs,
    payer: undefined,
  };
  cycle.add(slot);
  cycle.keepLive(slot, nowMs);
  return slot;
}

describe('SlotCycle', () => {
  test('finds the live slot that was kept longest ago, once a lease is over', () => {
    const [first, second] = [begin(3, 0), begin(1, 1000)];
    expect(cycle.findDue(LEASE_MS - 1)).toBeUndefined();
    expect(cycle.findDue(LEASE_MS)).toBe(first);
    cycle.keepLive(first, LEASE_MS);
    expect([cycle.findDue(LEASE_MS), cycle.findDue(LEASE_MS + 1000)]).toEqual([undefined, second]);
  });

  test('takes a slot for used while it has flows, and for a lease after its last use', () => {
    const slot = begin(3, 0);
    expect([cycle.isInUse(slot, 0), cycle.endsAtMs(slot)]).toEqual([false, LEASE_MS]);
    cycle.use.open(3, 500);
    expect(cycle.isInUse(slot, 10 * LEASE_MS)).toBe(true);
    cycle.use.close(3, 100_500);
    // Uses are known to the second, whose end counts.
    expect(cycle.endsAtMs(slot)).toBe(101_000 + LEASE_MS);
    expect([cycle.isInUse(slot, 100_999 + LEASE_MS), cycle.isInUse(slot, 101_000 + LEASE_MS)]).toEqual([
      true,
      false,
    ]);
  });

  test('finds the slot that has rested longest, from its last use on', () => {
    const [first, second] = [begin(3, 0), begin(1, 0)];
    cycle.rest(first, LEASE_MS);
    cycle.rest(second, LEASE_MS + 1);
    expect([cycle.live, cycle.resting]).toEqual([0, 2]);
    expect(cycle.findRested(LEASE_MS + REST_MS - 1, REST_MS)).toBeUndefined();
    expect(cycle.findRested(LEASE_MS + REST_MS, REST_MS)).toBe(first);
    cycle.use.touch(3, LEASE_MS + 5000);
    expect(cycle.findRested(LEASE_MS + REST_MS + 1, REST_MS)).toBe(second);
    cycle.remove(second);
    expect(slots.atNumber(1)).toBeUndefined();
    expect(cycle.findRested(LEASE_MS + 2 * REST_MS, REST_MS)).toBeUndefined();
    expect(cycle.findRested(LEASE_MS + 2 * REST_MS + 1, REST_MS)).toBe(first);
  });

  test('lets a resting slot live again', () => {
    const slot = begin(3, 0);
    cycle.rest(slot, LEASE_MS);
    cycle.keepLive(slot, LEASE_MS + 1);
    expect([cycle.live, cycle.resting, slot.resting]).toEqual([1, 0, false]);
    expect(cycle.findDue(2 * LEASE_MS + 1)).toBe(slot);
  });
});
