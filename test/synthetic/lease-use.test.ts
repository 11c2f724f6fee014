import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { LeaseUse } from '../../src/synthetic/lease-use.ts';

describe('LeaseUse', () => {
  it('LeaseUse counts flows and remembers the last use of each slot alone', () => {
    const use = new LeaseUse(4);
    use.open(2, 5000);
    use.open(2, 6000);
    use.close(2, 9500);
    expect([0, 1, 2, 3].map((slot) => use.openFlows(slot))).toEqual([0, 0, 1, 0]);
    expect([0, 1, 2, 3].map((slot) => use.lastUsedMs(slot))).toEqual([
      undefined,
      undefined,
      10_000,
      undefined,
    ]);
  });

  it('LeaseUse tells the very first second from never', () => {
    const use = new LeaseUse(1);
    use.touch(0, 0);
    expect(use.lastUsedMs(0)).toBe(1000);
    use.forgetUse(0);
    expect(use.lastUsedMs(0)).toBeUndefined();
  });

  it('LeaseUse is one memory for all who hold its buffer', () => {
    const use = new LeaseUse(3);
    const twin = new LeaseUse(use.buffer);
    twin.open(1, 1000);
    expect(use.openFlows(1)).toBe(1);
  });

  it('LeaseUse loses no count between threads', async () => {
    const use = new LeaseUse(2);
    const module = new URL('../../src/synthetic/lease-use.ts', import.meta.url).href;
    const code = `const { workerData } = require('node:worker_threads');
      import(${JSON.stringify(module)}).then(({ LeaseUse }) => {
        const use = new LeaseUse(workerData);
        for (let i = 0; i < 20000; i++) use.open(1, i);
        for (let i = 0; i < 19999; i++) use.close(1, i);
      });`;
    const workers = [1, 2].map(() => new Worker(code, { eval: true, workerData: use.buffer }));
    const codes = await Promise.all(
      workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve))),
    );
    expect(codes).toEqual([0, 0]);
    expect(use.openFlows(1)).toBe(2);
  });
});
