import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eachInSteps, finish, STEP_SIZE, type Steps, sortInSteps } from '../../src/time/steps.ts';

function countSteps(steps: Steps<unknown>): number {
  let count = 0;
  while (steps.next().done !== true) count++;
  return count;
}

test('finish takes all steps and gives what the work comes to', () => {
  const done: number[] = [];
  function* work(): Steps<string> {
    for (const step of [1, 2, 3]) {
      done.push(step);
      yield;
    }
    return 'all';
  }
  expect(finish(work())).toBe('all');
  expect(done).toEqual([1, 2, 3]);
});

test('eachInSteps visits every item in order, and at most STEP_SIZE between two steps', () => {
  const items = Array.from({ length: 5 * STEP_SIZE + 1 }, (_, index) => index);
  const seen: number[] = [];
  const steps = eachInSteps(items, (item, index) => seen.push(item + index));
  for (let before = 0; steps.next().done !== true; before = seen.length) {
    expect(seen.length - before).toBeLessThanOrEqual(STEP_SIZE);
  }
  expect(seen).toEqual(items.map((item) => 2 * item));
});

test('sortInSteps sorts as Array.sort does, equal items in their order', () => {
  const items = fc.array(fc.record({ key: fc.nat({ max: 40 }), id: fc.nat() }), { maxLength: 4 * STEP_SIZE });
  const byKey = (one: { key: number }, other: { key: number }) => one.key - other.key;
  fc.assert(
    fc.property(items, fc.integer({ min: 1, max: 5 }), (given, times) => {
      const many = Array.from({ length: times }, () => given).flat();
      expect(finish(sortInSteps(many, byKey))).toEqual(many.toSorted(byKey));
    }),
    { numRuns: 50 },
  );
});

test('sortInSteps compares no more between two steps, however much there is to sort', () => {
  const most = (length: number) => {
    let [compared, largest] = [0, 0];
    const items = Array.from({ length }, (_, index) => ({ key: Math.imul(index, 0x9e3779b1) }));
    const steps = sortInSteps(items, (one, other) => {
      compared++;
      return one.key - other.key;
    });
    for (; steps.next().done !== true; compared = 0) largest = Math.max(largest, compared);
    return largest;
  };
  expect(most(64 * STEP_SIZE)).toBeLessThanOrEqual(STEP_SIZE * Math.log2(STEP_SIZE));
  expect(countSteps(sortInSteps([], () => 0))).toBe(0);
});
