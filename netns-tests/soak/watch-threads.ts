/**
 * Loaded into every thread of a soak's gateway before itself (`--import`): collects the thread's garbage every few seconds,
 * and writes what is left to the files `SOAK_THREADS` begins the names of. V8 collects when it likes: what a leak adds would
 * drown in what it has not yet looked at, some 100 MB.
 */
import { globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import threads, { isMainThread, threadId } from 'node:worker_threads';

/** Bytes, but for the handles. */
export interface ThreadState {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  /** The heaps of all threads but the first. */
  readonly threadHeaps: number;
  /** What keeps the first thread's event loop busy: timers, sockets, ports. */
  readonly handles: number;
}

const EVERY_MS = 10_000;
const FIRST = 'main';
const files = process.env.SOAK_THREADS;

if (files !== undefined) watchThread(files);

/** Throws when no thread has written yet. */
export function readThreads(files: string): ThreadState {
  const first = JSON.parse(readFileSync(`${files}.${FIRST}`, 'utf8'));
  const others = globSync(`${files}.thread-+([0-9])`).map((file) => Number(readFileSync(file, 'utf8')));
  return { ...first, threadHeaps: others.reduce((sum, heap) => sum + heap, 0) };
}

function watchThread(to: string): void {
  setFlagsFromString('--expose-gc');
  const collect: NodeJS.GCFunction = runInNewContext('gc');
  if (isMainThread) {
    process.on('worker', (worker) => {
      const { threadId } = worker;
      worker.once('exit', () => rmSync(`${to}.thread-${threadId}`, { force: true }));
    });
    setInterval(() => {
      collectAll(collect);
      write(`${to}.${FIRST}`, JSON.stringify(stateOfProcess()));
    }, EVERY_MS).unref();
  } else {
    everyNowAndThen(() => {
      collectAll(collect);
      write(`${to}.thread-${threadId}`, String(getHeapStatistics().used_heap_size));
    });
  }
}

/** Gives empty pages back at once. */
function collectAll(collect: NodeJS.GCFunction): void {
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

function stateOfProcess(): Omit<ThreadState, 'threadHeaps'> {
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heapUsed, external, handles: process.getActiveResourcesInfo().length };
}

/** The other threads wait in the kernel and turn no event loop: timers and messages never come there. All they do is look for mail. */
function everyNowAndThen(work: () => void): void {
  const receive = threads.receiveMessageOnPort;
  let workedAt = performance.now();
  threads.receiveMessageOnPort = (port) => {
    if (performance.now() - workedAt > EVERY_MS) {
      work();
      workedAt = performance.now();
    }
    return receive(port);
  };
  syncBuiltinESMExports();
}

function write(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}
