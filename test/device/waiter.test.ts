import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Waiter, Wakeup, WOKEN } from '../../src/device/waiter.ts';

/** A worker that waits for ever, three times, and tells when it begins and what it got. */
const WAITING_WORKER = `
  const { parentPort, workerData } = require('node:worker_threads');
  import(workerData.module).then(({ Waiter }) => {
    const waiter = new Waiter([], workerData.wakeup);
    for (let round = 0; round < 3; round++) {
      parentPort.postMessage('waiting');
      parentPort.postMessage(waiter.wait(-1));
    }
  });
`;

describe('Waiter', () => {
  let wakeup: Wakeup;
  beforeEach(() => {
    wakeup = new Wakeup();
  });
  afterEach(() => wakeup.close());

  it('gives up after the time it is given, fractions of a millisecond included', () => {
    const waiter = new Waiter([], wakeup.descriptor);
    const start = performance.now();
    expect(waiter.wait(20.5)).toBe(0);
    expect(performance.now() - start).toBeGreaterThanOrEqual(20);
    expect(waiter.wait(0)).toBe(0);
  });

  it('takes an infinite time for a very long one, and NaN for none', () => {
    const waiter = new Waiter([], wakeup.descriptor);
    wakeup.wake();
    expect(waiter.wait(Number.POSITIVE_INFINITY)).toBe(WOKEN);
    expect(() => waiter.wait(Number.NaN)).toThrow('Cannot wait for NaN milliseconds');
  });

  it('takes wake-ups given before the wait as one', () => {
    const waiter = new Waiter([], wakeup.descriptor);
    wakeup.wake();
    wakeup.wake();
    expect(waiter.wait(-1)).toBe(WOKEN);
    expect(waiter.wait(0)).toBe(0);
  });

  it('tells which sources are ready, and passes over one that is gone', () => {
    const other = new Wakeup();
    other.wake();
    const idle = new Wakeup();
    const waiter = new Waiter([{ descriptor: -1 }, other, idle, other], wakeup.descriptor);
    expect(waiter.wait(-1)).toBe(0b1010);
    wakeup.wake();
    expect(waiter.wait(-1)).toBe(0b1010 | WOKEN);
    other.close();
    idle.close();
  });

  it('blocks a worker thread until another thread wakes it', async () => {
    const module = new URL('../../src/device/waiter.ts', import.meta.url).href;
    const workerData = { module, wakeup: wakeup.descriptor };
    const worker = new Worker(WAITING_WORKER, { eval: true, workerData });
    const messages: unknown[] = [];
    worker.on('message', (message) => {
      messages.push(message);
      if (message === 'waiting') wakeup.wake();
    });
    await new Promise((resolve) => worker.once('exit', resolve));
    expect(messages).toEqual(['waiting', WOKEN, 'waiting', WOKEN, 'waiting', WOKEN]);
  });

  it('refuses more sources than it has bits for', () => {
    const sources = Array.from({ length: 31 }, () => ({ descriptor: -1 }));
    expect(() => new Waiter(sources, wakeup.descriptor)).toThrow(
      'Cannot wait for 31 sources: at most 30 are taken',
    );
  });
});

it('Wakeup is silent once closed', () => {
  const wakeup = new Wakeup();
  wakeup.close();
  wakeup.close();
  expect(() => wakeup.wake()).not.toThrow();
});
