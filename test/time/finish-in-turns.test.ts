import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { finishInTurns } from '../../src/time/finish-in-turns.ts';
import type { Steps } from '../../src/time/steps.ts';

/** Each step takes a millisecond of the clock that it is given. */
class Work {
  taken = 0;
  readonly clock = () => this.taken;

  *steps(count: number): Steps<string> {
    for (; this.taken < count; this.taken++) yield;
    return 'all';
  }
}

test('finishInTurns lets events have their turn at least every ten steps of a millisecond', async () => {
  const work = new Work();
  const seen: number[] = [];
  let isOver = false;
  const whole = finishInTurns(work.steps(100), work.clock).finally(() => {
    isOver = true;
  });
  while (!isOver) {
    seen.push(work.taken);
    await setImmediate();
  }
  expect(await whole).toBe('all');
  const gaps = [...seen, 100].map((taken, index) => taken - (seen[index - 1] ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(10);
});

test('finishInTurns gives short work no turn, and rejects with what a step throws', async () => {
  const work = new Work();
  const whole = finishInTurns(work.steps(3), work.clock);
  expect(work.taken).toBe(3);
  expect(await whole).toBe('all');
  function* failing(): Steps<never> {
    yield;
    throw new RangeError('Cannot go on');
  }
  await expect(finishInTurns(failing(), work.clock)).rejects.toThrow('Cannot go on');
});
