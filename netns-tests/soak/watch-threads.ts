/**
 * Loaded into the gateway of a soak before itself (`--import`): writes to the file `SOAK_THREADS` names what only the process
 * can know, the heaps of its worker threads and the handles of its event loop.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { isMainThread, type Worker } from 'node:worker_threads';

/** What the file holds, as JSON. */
export interface ThreadState {
  /** Bytes. */
  readonly threadHeaps: number;
  readonly handles: number;
}

const EVERY_MS = 2_000;
const file = process.env.SOAK_THREADS;

if (isMainThread && file !== undefined) {
  const workers = new Set<Worker>();
  process.on('worker', (worker) => {
    workers.add(worker);
    worker.once('exit', () => workers.delete(worker));
  });
  void look(workers, file);
  setInterval(() => void look(workers, file), EVERY_MS).unref();
}

async function look(workers: ReadonlySet<Worker>, to: string): Promise<void> {
  const heaps = await Promise.all([...workers].map((worker) => worker.getHeapStatistics()));
  const state: ThreadState = {
    threadHeaps: heaps.reduce((sum, heap) => sum + heap.used_heap_size, 0),
    handles: process.getActiveResourcesInfo().length,
  };
  writeFileSync(`${to}.new`, JSON.stringify(state));
  renameSync(`${to}.new`, to);
}
