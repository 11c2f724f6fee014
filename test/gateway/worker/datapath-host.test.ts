import { afterEach, describe, expect, test, vi } from 'vitest';
import { Wakeup } from '../../../src/device/waiter.ts';
import { DatapathHost } from '../../../src/gateway/worker/datapath-host.ts';
import { makePolicy } from '../../support/policy-fixture.ts';
import { STUB_WORKER as STUB, stubSettings as settingsFor } from '../../support/stub-settings.ts';

const hosts: DatapathHost[] = [];
const wakeups: Wakeup[] = [];

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
  for (const wakeup of wakeups.splice(0)) wakeup.close();
});

/** Closed when the test has ended. */
function makeWakeup(): Wakeup {
  const wakeup = new Wakeup();
  wakeups.push(wakeup);
  return wakeup;
}

async function start(plan: string) {
  const events = { onProbeReply: vi.fn(), onFlowEvents: vi.fn(), onTrace: vi.fn(), onFailure: vi.fn() };
  const host = await DatapathHost.start(settingsFor(plan), makeWakeup(), events, STUB);
  hosts.push(host);
  return { host, events };
}

describe('DatapathHost', () => {
  test('asks a worker that sleeps in the kernel, and gets each answer to its question', async () => {
    const { host } = await start('serve');
    const policy = host.activate(makePolicy([]));
    expect(await Promise.all([host.flows({ limit: 1 }), policy, host.flows({ limit: 1 })])).toEqual([
      [],
      undefined,
      [],
    ]);
  });

  test('hears when the worker decides by a policy', async () => {
    const { host } = await start('serve');
    await expect(host.activate(makePolicy([]))).resolves.toBeUndefined();
  });

  test('hears of probes that were answered', async () => {
    const { host, events } = await start('serve');
    const target = { protocol: 'icmp', address: Uint8Array.of(192, 0, 2, 1), port: 0 } as const;
    host.post({ type: 'probe', egressIndex: 4, target, token: 77 });
    await host.flows({ limit: 1 });
    expect(events.onProbeReply.mock.calls).toEqual([[4, 77]]);
  });

  test('stops without calling it a failure, and twice as well', async () => {
    const { host, events } = await start('serve');
    await Promise.all([host.stop(), host.stop()]);
    await host.stop();
    expect(events.onFailure).not.toHaveBeenCalled();
  });

  test('tells once that the worker has failed, and can be stopped all the same', async () => {
    const { host, events } = await start('serve');
    host.post({ type: 'lease-gone', slot: 1 });
    await vi.waitFor(() => expect(events.onFailure).toHaveBeenCalled());
    await host.stop();
    expect(events.onFailure.mock.calls).toEqual([
      [expect.objectContaining({ message: 'Cannot forget a lease: this is a test' })],
    ]);
  });

  test('rejects with what kept the worker from its devices, its code included, and leaves nothing behind', async () => {
    const events = { onProbeReply: vi.fn(), onFlowEvents: vi.fn(), onTrace: vi.fn(), onFailure: vi.fn() };
    const started = DatapathHost.start(settingsFor('refuse'), makeWakeup(), events, STUB);
    await expect(started).rejects.toMatchObject({
      name: 'GatewayError',
      code: 'EDEVICE',
      message: 'Cannot open tun0: it is busy',
    });
    expect(events.onFailure).not.toHaveBeenCalled();
  });

  test('gives up on its questions at once when the worker is stopped, and asks no more', async () => {
    const { host } = await start('silent');
    const error = { code: 'EDEVICE', message: 'Cannot ask the datapath worker: it has ended' };
    const asked = expect(host.flows({ limit: 1 })).rejects.toMatchObject(error);
    await host.stop();
    await asked;
    await expect(host.activate(makePolicy([]))).rejects.toMatchObject(error);
  });

  test('gives up on its questions at once when the worker fails', async () => {
    const { host } = await start('silent');
    const error = { message: 'Cannot ask the datapath worker: it has ended' };
    const asked = expect(host.flows({ limit: 1 })).rejects.toMatchObject(error);
    host.post({ type: 'lease-gone', slot: 1 });
    await asked;
  });

  test('gives up on a question that is not answered in 5 s', async () => {
    const { host } = await start('silent');
    vi.useFakeTimers();
    try {
      const asked = expect(host.flows({ limit: 1 })).rejects.toMatchObject({ code: 'EDEVICE' });
      await vi.advanceTimersByTimeAsync(5_000);
      await asked;
    } finally {
      vi.useRealTimers();
    }
    await expect(host.activate(makePolicy([]))).resolves.toBeUndefined();
  });
});
