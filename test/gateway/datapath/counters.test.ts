import { describe, expect, test } from 'vitest';
import { WorkerCounters } from '../../../src/gateway/datapath/counters.ts';
import { DROP_REASONS } from '../../../src/report/drop-reason.ts';

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
