import { describe, expect, test } from 'vitest';
import { CounterSum, WorkerCounters } from '../../../../src/gateway/datapath/reports/counters.ts';
import { DROP_REASONS } from '../../../../src/report/drop-reason.ts';

describe('WorkerCounters', () => {
  test('is read by another thread through the buffer', () => {
    const worker = new WorkerCounters();
    const control = new WorkerCounters(worker.buffer);
    worker.add('packetsOut');
    worker.add('bytesOut', 2 ** 40);
    worker.add('bytesOut', 1);
    worker.set('flowsLive', 5);
    worker.set('flowsLive', 4);
    expect(control.read('packetsOut')).toBe(1);
    expect(control.read('bytesOut')).toBe(2 ** 40 + 1);
    expect(control.read('flowsLive')).toBe(4);
    expect(control.read('packetsIn')).toBe(0);
  });

  test('counts every reason for itself, and lists those that occurred', () => {
    const counters = new WorkerCounters();
    expect(counters.drops()).toEqual({});
    for (const [index, reason] of DROP_REASONS.entries())
      for (let count = 0; count <= index; count++) counters.drop(reason);
    expect(counters.drops()).toEqual(
      Object.fromEntries(DROP_REASONS.map((reason, index) => [reason, index + 1])),
    );
    expect(counters.read('addressConflicts')).toBe(0);
  });
});

test('CounterSum reads what all workers have counted as one', () => {
  const sum = new CounterSum(3);
  expect(sum.drops()).toEqual({});
  for (const [worker, counters] of sum.workers.entries()) {
    counters.add('packetsOut', worker + 1);
    counters.set('flowsLive', 10);
    counters.drop('no-flow-outside');
  }
  sum.workers[2]?.drop('policy-blocked');
  expect(sum.read('packetsOut')).toBe(6);
  expect(sum.read('flowsLive')).toBe(30);
  expect(sum.drops()).toEqual({ 'no-flow-outside': 3, 'policy-blocked': 1 });
});
