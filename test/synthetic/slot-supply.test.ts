import { describe, expect, it } from 'vitest';
import { type LeaseHistory, SlotSupply } from '../../src/synthetic/slot-supply.ts';

const CAPACITY = 64;
const FALLOW_UNTIL_MS = 1000;
/** One in sixteen. */
const SPARE = [7, 23, 39, 55];
const ALL = Array.from({ length: CAPACITY }, (_, slot) => slot);

function supplyAfter(history: LeaseHistory): SlotSupply {
  const supply = new SlotSupply(CAPACITY, history, FALLOW_UNTIL_MS);
  for (let slot = 0; slot < CAPACITY; slot++) supply.addForgotten(slot);
  return supply;
}

/** All that can be drawn now, in the order of their numbers. */
function drawAll(supply: SlotSupply, isKept: boolean): number[] {
  const drawn: number[] = [];
  for (let slot = supply.draw(isKept); slot !== undefined; slot = supply.draw(isKept)) drawn.push(slot);
  return drawn.sort((one, other) => one - other);
}

describe('SlotSupply', () => {
  it('SlotSupply draws spare slots alone while leases cannot be written down (FL-31)', () => {
    expect(drawAll(supplyAfter('none'), false)).toEqual(SPARE);
  });

  it('SlotSupply draws spare slots last while leases are written down', () => {
    const supply = supplyAfter('none');
    const first = Array.from({ length: CAPACITY - SPARE.length }, () => supply.draw(true));
    expect(first.filter((slot) => SlotSupply.isSpare(slot ?? 0))).toEqual([]);
    expect(drawAll(supply, true)).toEqual(SPARE);
  });

  it.each<[LeaseHistory, number[]]>([
    ['persisted', SPARE],
    ['lost', ALL.filter((slot) => !SPARE.includes(slot))],
    ['uncertain', ALL],
  ])(
    'SlotSupply lets slots lie fallow that may mean what nobody remembers, when the history is %s (S8)',
    (history, fallow) => {
      const supply = supplyAfter(history);
      expect([supply.count, supply.fallow]).toEqual([CAPACITY - fallow.length, fallow.length]);
      expect(drawAll(supply, true).filter((slot) => fallow.includes(slot))).toEqual([]);
      supply.endFallow(FALLOW_UNTIL_MS - 1);
      expect(supply.count).toBe(0);
      expect(supply.endFallow(FALLOW_UNTIL_MS)).toBe(true);
      expect(drawAll(supply, true)).toEqual(fallow);
    },
  );
});
