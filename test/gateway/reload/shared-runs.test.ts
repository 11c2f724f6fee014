import { expect, test } from 'vitest';
import { SharedRuns } from '../../../src/gateway/reload/shared-runs.ts';

function makeRuns() {
  const ends: Array<PromiseWithResolvers<string>> = [];
  const runs = new SharedRuns(() => {
    const end = Promise.withResolvers<string>();
    ends.push(end);
    return end.promise;
  });
  return { runs, ends };
}

test('SharedRuns gives all who ask during a run the one after it, and never two at a time', async () => {
  const { runs, ends } = makeRuns();
  const first = runs.run();
  const [second, third] = [runs.run(), runs.run()];
  expect(second).toBe(third);
  expect(ends).toHaveLength(1);
  ends[0]?.resolve('one');
  expect(await first).toBe('one');
  await expect.poll(() => ends.length).toBe(2);
  const fourth = runs.run();
  expect(fourth).not.toBe(second);
  ends[1]?.resolve('two');
  expect(await second).toBe('two');
  await expect.poll(() => ends.length).toBe(3);
  ends[2]?.resolve('three');
  expect(await fourth).toBe('three');
});

test('SharedRuns goes on after a run that failed, and tells only those whose run it was', async () => {
  const { runs, ends } = makeRuns();
  const first = runs.run();
  const second = runs.run();
  ends[0]?.reject(new Error('no such file'));
  await expect(first).rejects.toThrow('no such file');
  await expect.poll(() => ends.length).toBe(2);
  ends[1]?.resolve('good');
  expect(await second).toBe('good');
  ends.length = 0;
  const third = runs.run();
  expect(ends).toHaveLength(1);
  ends[0]?.resolve('again');
  expect(await third).toBe('again');
});
