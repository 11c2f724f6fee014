import { Worker } from 'node:worker_threads';
import { expect, test, vi } from 'vitest';
import { systemClock } from '../../src/time/clock.ts';

test('systemClock never goes back', () => {
  const readings = Array.from({ length: 10_000 }, systemClock);
  for (const [index, reading] of readings.entries()) {
    expect(reading).toBeGreaterThanOrEqual(readings[index - 1] ?? 0);
  }
});

test('FL-36 systemClock does not follow the wall clock', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const before = systemClock();
  vi.setSystemTime(Date.now() + 86_400_000);
  expect(systemClock() - before).toBeLessThan(10_000);
  vi.useRealTimers();
});

test('systemClock reads the same in a thread that starts later', async () => {
  const url = new URL('../../src/time/clock.ts', import.meta.url).href;
  const code = `import(${JSON.stringify(url)}).then(({ systemClock }) =>
    require('node:worker_threads').parentPort.postMessage(systemClock()));`;
  const before = systemClock();
  const worker = new Worker(code, { eval: true });
  const there = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
  });
  await worker.terminate();
  expect(there).toBeGreaterThanOrEqual(before);
  expect(there).toBeLessThanOrEqual(systemClock());
});
