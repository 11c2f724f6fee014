import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { EgressHealth } from '../../src/egress/egress-health.ts';

test('EgressHealth starts unproven, and what is unproven is in service', () => {
  const health = EgressHealth.create(2);
  expect(health.state(1)).toBe('unproven');
  expect(health.isUp(1)).toBe(true);
});

test('EgressHealth is never up outside its addresses', () => {
  const health = EgressHealth.create(2);
  expect([-1, 2, 1.5e9].map((index) => health.isUp(index))).toEqual([false, false, false]);
});

test('EgressHealth shows a change to another view of the same memory', () => {
  const health = EgressHealth.create(3);
  const worker = new EgressHealth(health.buffer);
  health.set(2, 'down');
  expect([0, 1, 2].map((index) => worker.isUp(index))).toEqual([true, true, false]);
  health.set(2, 'up');
  expect(worker.state(2)).toBe('up');
});

test('EgressHealth is read by a real worker thread', async () => {
  const health = EgressHealth.create(2);
  health.set(1, 'down');
  const module = new URL('../../src/egress/egress-health.ts', import.meta.url).href;
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     import(${JSON.stringify(module)}).then(({ EgressHealth }) => {
       const health = new EgressHealth(workerData);
       parentPort.postMessage([health.isUp(0), health.isUp(1)]);
     });`,
    { eval: true, workerData: health.buffer },
  );
  const seen = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  await worker.terminate();
  expect(seen).toEqual([true, false]);
});
