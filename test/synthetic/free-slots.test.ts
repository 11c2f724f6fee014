import { describe, expect, it } from 'vitest';
import { FreeSlots } from '../../src/synthetic/free-slots.ts';

const SLOTS = [3, 14, 15, 92, 65];

function fill(): FreeSlots {
  const free = new FreeSlots(SLOTS.length);
  for (const slot of SLOTS) free.add(slot);
  return free;
}

describe('FreeSlots', () => {
  it('FreeSlots gives out each slot once, and then none', () => {
    const free = fill();
    const drawn = SLOTS.map(() => free.draw());
    expect(new Set(drawn)).toEqual(new Set(SLOTS));
    expect([free.count, free.draw()]).toEqual([0, undefined]);
  });

  it('FreeSlots gives out a slot that was returned', () => {
    const free = fill();
    for (const _ of SLOTS) free.draw();
    free.add(14);
    expect([free.count, free.draw(), free.count]).toEqual([1, 14, 0]);
  });

  it('FreeSlots draws each slot as often as any other (S1)', () => {
    const counts = new Map(SLOTS.map((slot) => [slot, 0]));
    for (let round = 0; round < 5000; round++) {
      const slot = fill().draw() ?? -1;
      counts.set(slot, (counts.get(slot) ?? 0) + 1);
    }
    // 1000 ± 28 each; ten standard deviations are left to chance.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(280);
  });
});
