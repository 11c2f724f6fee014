import { afterEach, describe, expect, test, vi } from 'vitest';
import { Wakeup } from '../../src/device/waiter.ts';
import { WorkerThread } from '../../src/gateway/worker-thread.ts';
import type { FromStub, StubPlan, ToStub } from '../support/stub-thread.ts';

const STUB = new URL('../support/stub-thread.ts', import.meta.url);
const opened: Array<{ thread: WorkerThread<ToStub, FromStub>; wakeup: Wakeup }> = [];

afterEach(async () => {
  for (const { thread, wakeup } of opened.splice(0)) {
    await thread.stop();
    wakeup.close();
  }
});

function open(plan: StubPlan = 'begin') {
  const onMessage = vi.fn<(message: FromStub) => void>();
  const onFailure = vi.fn<(error: Error) => void>();
  const wakeup = new Wakeup();
  const thread = new WorkerThread<ToStub, FromStub>({
    script: STUB,
    name: 'stub 4',
    settings: { plan },
    wakeup,
    onMessage,
    onFailure,
  });
  opened.push({ thread, wakeup });
  return { thread, wakeup, onMessage, onFailure };
}

describe('WorkerThread', () => {
  test('wakes the thread for what is posted, and passes on what it says', async () => {
    const { thread, onMessage } = open();
    await thread.begin();
    thread.post({ type: 'echo' });
    await vi.waitFor(() => expect(onMessage.mock.calls).toEqual([[{ type: 'heard', types: ['echo'] }]]));
  });

  test('lets a message that is posted unwoken wait for the next wake-up', async () => {
    const { thread, wakeup, onMessage } = open();
    await thread.begin();
    thread.post({ type: 'echo' });
    await vi.waitFor(() => expect(onMessage).toHaveBeenCalledTimes(1));
    thread.postUnwoken({ type: 'echo' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(onMessage).toHaveBeenCalledTimes(1);
    wakeup.wake();
    await vi.waitFor(() => expect(onMessage).toHaveBeenCalledTimes(2));
  });

  test('rejects with what kept the thread from beginning, its code included, and calls it no failure', async () => {
    const { thread, onFailure } = open('refuse');
    await expect(thread.begin()).rejects.toMatchObject({
      name: 'GatewayError',
      code: 'EDEVICE',
      message: 'Cannot open tun0: it is busy',
    });
    expect(onFailure).not.toHaveBeenCalled();
  });

  test('rejects when the thread ends before it has said a word', async () => {
    await expect(open('leave').thread.begin()).rejects.toThrow(
      "Cannot go on: thread 'stub 4' ended with status 7",
    );
  });

  test.each([
    ['throw', 'Cannot go on: this is a test'],
    ['leave', "Cannot go on: thread 'stub 4' ended with status 3"],
  ] as const)(
    'tells once of a thread that fails (%s), and can be stopped all the same',
    async (type, message) => {
      const { thread, onFailure } = open();
      await thread.begin();
      thread.post({ type });
      await vi.waitFor(() => expect(onFailure).toHaveBeenCalled());
      await thread.stop();
      expect(onFailure.mock.calls).toEqual([[expect.objectContaining({ message })]]);
    },
  );

  test('stops without calling it a failure, and twice as well', async () => {
    const { thread, onFailure } = open();
    await thread.begin();
    expect(thread.isStopping).toBe(false);
    await Promise.all([thread.stop(), thread.stop()]);
    expect([thread.isStopping, onFailure.mock.calls]).toEqual([true, []]);
  });
});
