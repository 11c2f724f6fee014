import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TimerWheel } from '../../src/time/timer-wheel.ts';

const CAPACITY = 12;

/** What fires on the way to `now`, in any order. */
function fired(wheel: TimerWheel, now: number): number[] {
  const ids: number[] = [];
  wheel.advance(now, (id) => ids.push(id));
  return ids.sort((one, other) => one - other);
}

describe('TimerWheel', () => {
  test('fires at the deadline, not before and not twice', () => {
    const wheel = new TimerWheel(2, 100, 8);
    wheel.start(0, 105);
    expect([fired(wheel, 104), fired(wheel, 105), fired(wheel, 200)]).toEqual([[], [0], []]);
  });

  test('keeps a timer further away than it is long', () => {
    const wheel = new TimerWheel(1, 0, 8);
    wheel.start(0, 8 * 3 + 5);
    for (let now = 1; now < 29; now++) expect(fired(wheel, now)).toEqual([]);
    expect(fired(wheel, 29)).toEqual([0]);
  });

  test('fires a deadline that is not after now at the next second', () => {
    const wheel = new TimerWheel(3, 50, 8);
    wheel.start(0, 50);
    wheel.start(1, 0);
    expect(fired(wheel, 50)).toEqual([]);
    expect(fired(wheel, 51)).toEqual([0, 1]);
  });

  test('FL-38 catches up after a pause longer than its length', () => {
    const wheel = new TimerWheel(3, 0, 8);
    [3, 9, 1000].forEach((deadline, id) => {
      wheel.start(id, deadline);
    });
    expect(fired(wheel, 999)).toEqual([0, 1]);
    expect(fired(wheel, 1000)).toEqual([2]);
  });

  test('FL-36 does nothing when the time has not moved or goes back', () => {
    const wheel = new TimerWheel(1, 100, 8);
    wheel.start(0, 101);
    expect([fired(wheel, 100), fired(wheel, 5), fired(wheel, 101)]).toEqual([[], [], [0]]);
  });

  test('fires no more than it may at once, and the rest at the next calls', () => {
    const wheel = new TimerWheel(10, 0, 8);
    for (let id = 0; id < 10; id++) wheel.start(id, id < 8 ? 3 : 4);
    const ids: number[] = [];
    const advance = (now: number, most: number) => wheel.advance(now, (id) => ids.push(id), most);
    expect([advance(3, 5), ids.length]).toEqual([true, 5]);
    expect([advance(3, 5), ids.length]).toEqual([false, 8]);
    expect([advance(4, 1), ids.length]).toEqual([true, 9]);
    expect([advance(9, 5), ids.length]).toEqual([false, 10]);
    expect(ids.toSorted((one, other) => one - other)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('lets a timer start itself again while it fires, in the same slot too', () => {
    const wheel = new TimerWheel(4, 0, 8);
    for (let id = 0; id < 4; id++) wheel.start(id, 5);
    const again: number[] = [];
    wheel.advance(5, (id) => {
      again.push(id);
      wheel.start(id, id % 2 === 0 ? 13 : 6);
    });
    expect(again.sort()).toEqual([0, 1, 2, 3]);
    expect(fired(wheel, 6)).toEqual([1, 3]);
    expect(fired(wheel, 13)).toEqual([0, 2]);
  });

  const step = fc.oneof(
    fc.record({
      do: fc.constant('start' as const),
      id: fc.nat(CAPACITY - 1),
      delay: fc.integer({ min: -3, max: 40 }),
    }),
    fc.record({ do: fc.constant('stop' as const), id: fc.nat(CAPACITY - 1) }),
    fc.record({ do: fc.constant('advance' as const), seconds: fc.nat(20) }),
  );

  test('agrees with a map from id to deadline', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.constantFrom(1, 2, 7, 16), (steps, slots) => {
        let now = 1000;
        const wheel = new TimerWheel(CAPACITY, now, slots);
        const model = new Map<number, number>();
        for (const action of steps) {
          if (action.do === 'start' && !model.has(action.id)) {
            wheel.start(action.id, now + action.delay);
            model.set(action.id, Math.max(now + action.delay, now + 1));
          } else if (action.do === 'stop' && model.delete(action.id)) {
            wheel.stop(action.id);
          } else if (action.do === 'advance') {
            now += action.seconds;
            const due = [...model].filter(([, deadline]) => deadline <= now).map(([id]) => id);
            expect(fired(wheel, now)).toEqual(due.sort((one, other) => one - other));
            for (const id of due) model.delete(id);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
