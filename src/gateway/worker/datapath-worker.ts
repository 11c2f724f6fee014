/**
 * The main program of a worker thread: opens its devices, then waits in the kernel for packets, carries them through the
 * datapath, and between two batches takes what the control thread has posted.
 */
import { isMainThread, workerData } from 'node:worker_threads';
import { assembleWorker } from './assemble-worker.ts';
import type { WorkerSettings } from './worker-protocol.ts';

if (!isMainThread) {
  const settings: WorkerSettings = workerData;
  const worker = assembleWorker(settings);
  settings.port.postMessage({ type: 'ready' });
  worker.run();
  settings.port.close();
}
