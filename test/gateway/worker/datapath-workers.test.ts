import { afterEach, describe, expect, test, vi } from 'vitest';
import { DatapathWorkers } from '../../../src/gateway/worker/datapath-workers.ts';
import { STUB_WORKER, stubSettings } from '../../support/stub-settings.ts';

const started: DatapathWorkers[] = [];
const target = { protocol: 'icmp', address: Uint8Array.of(192, 0, 2, 1), port: 0 } as const;

afterEach(async () => {
  await Promise.all(started.splice(0).map((workers) => workers.stop()));
});

async function start(...plans: readonly string[]) {
  const events = { onProbeReply: vi.fn(), onFlowEvents: vi.fn(), onTrace: vi.fn(), onFailure: vi.fn() };
  const settings = plans.map((plan, worker) => ({
    ...stubSettings(plan),
    share: { worker, workers: plans.length },
  }));
  const workers = await DatapathWorkers.start(settings, events, STUB_WORKER);
  started.push(workers);
  return { workers, events };
}

describe('DatapathWorkers', () => {
  test('asks every worker for its flows, and for its clients', async () => {
    const { workers } = await start('serve', 'serve', 'serve');
    expect(await workers.flows({ limit: 1 })).toEqual([]);
    expect(await workers.clients(1)).toHaveLength(3);
  });

  test('posts to every worker', async () => {
    const { workers, events } = await start('serve', 'serve');
    workers.post({ type: 'lease-gone', slot: 1 });
    await vi.waitFor(() => expect(events.onFailure).toHaveBeenCalledTimes(2));
  });

  test('has a probe sent by the worker that owns the identifier in its token', async () => {
    const { workers, events } = await start('who', 'who', 'who');
    for (const token of [0x0003_0000, 0x0004_ffff, 0xffff_fffe, 0x0005_0001])
      workers.post({ type: 'probe', egressIndex: 9, target, token });
    await workers.flows({ limit: 1 });
    expect(events.onProbeReply.mock.calls.toSorted(([, one], [, other]) => one - other)).toEqual([
      [0, 0x0003_0000],
      [1, 0x0004_ffff],
      [2, 0x0005_0001],
      [0, 0xffff_fffe],
    ]);
  });

  test('rejects with what kept one worker from its devices, and ends the others', async () => {
    const events = { onProbeReply: vi.fn(), onFlowEvents: vi.fn(), onTrace: vi.fn(), onFailure: vi.fn() };
    const settings = ['serve', 'refuse', 'serve'].map((plan) => stubSettings(plan));
    await expect(DatapathWorkers.start(settings, events, STUB_WORKER)).rejects.toMatchObject({
      code: 'EDEVICE',
      message: 'Cannot open tun0: it is busy',
    });
    expect(events.onFailure).not.toHaveBeenCalled();
  });

  test('can be stopped twice, and after one worker has failed', async () => {
    const { workers, events } = await start('serve', 'serve');
    workers.post({ type: 'lease-gone', slot: 1 });
    await vi.waitFor(() => expect(events.onFailure).toHaveBeenCalled());
    await workers.stop();
    await workers.stop();
  });
});
