import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlotQueue } from '../../src/synthetic/slot-queue.ts';

describe('SlotQueue', () => {
  it('SlotQueue keeps the order of an array under any additions, removals and moves', () => {
    const operations = fc.array(fc.tuple(fc.nat(15), fc.boolean()), { maxLength: 200 });
    fc.assert(
      fc.property(operations, (steps) => {
        const queue = new SlotQueue(16);
        let model: number[] = [];
        for (const [slot, move] of steps) {
          const present = model.includes(slot);
          model = model.filter((other) => other !== slot);
          if (present) queue.remove(slot);
          if (!present || move) queue.add(slot);
          if (!present || move) model.push(slot);
          expect([queue.first, queue.count]).toEqual([model[0], model.length]);
        }
        for (const slot of model) {
          expect(queue.first).toBe(slot);
          queue.remove(slot);
        }
      }),
    );
  });
});
