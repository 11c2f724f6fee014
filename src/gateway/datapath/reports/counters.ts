/**
 * One worker's counters, in shared memory: the worker writes, the control thread reads at any time. Numbers are doubles,
 * exact up to 2^53; each has one writer.
 */
import { DROP_REASONS, type DropReason, dropReasonNumber } from '../../../report/drop-reason.ts';

const COUNTERS = [
  'packetsOut',
  'bytesOut',
  'packetsIn',
  'bytesIn',
  'flowsOpened',
  'flowsLive',
  'refusals',
  'neighbourReplies',
  'addressConflicts',
  'flowEventsLost',
] as const;

export type CounterName = (typeof COUNTERS)[number];
const NUMBERS: ReadonlyMap<CounterName, number> = new Map(COUNTERS.map((name, number) => [name, number]));

export class WorkerCounters {
  readonly buffer: SharedArrayBuffer;
  readonly #values: Float64Array<SharedArrayBuffer>;

  constructor(buffer?: SharedArrayBuffer) {
    const length = COUNTERS.length + DROP_REASONS.length;
    this.buffer = buffer ?? new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT);
    this.#values = new Float64Array(this.buffer);
  }

  add(name: CounterName, amount = 1): void {
    const at = NUMBERS.get(name) ?? 0;
    this.#values[at] = (this.#values[at] ?? 0) + amount;
  }

  set(name: CounterName, value: number): void {
    this.#values[NUMBERS.get(name) ?? 0] = value;
  }

  drop(reason: DropReason, packets = 1): void {
    const at = COUNTERS.length + dropReasonNumber(reason);
    this.#values[at] = (this.#values[at] ?? 0) + packets;
  }

  read(name: CounterName): number {
    return this.#values[NUMBERS.get(name) ?? 0] ?? 0;
  }

  dropped(reason: DropReason): number {
    return this.#values[COUNTERS.length + dropReasonNumber(reason)] ?? 0;
  }

  /** The drop reasons that occurred, with their counts. */
  drops(): Partial<Record<DropReason, number>> {
    const counted = DROP_REASONS.map((reason) => [reason, this.dropped(reason)] as const);
    return Object.fromEntries(counted.filter(([, count]) => count > 0));
  }
}

/** The counters of all workers, read as one. */
export class CounterSum {
  readonly workers: readonly WorkerCounters[];

  constructor(workers: number) {
    this.workers = Array.from({ length: workers }, () => new WorkerCounters());
  }

  read(name: CounterName): number {
    return this.workers.reduce((sum, counters) => sum + counters.read(name), 0);
  }

  drops(): Partial<Record<DropReason, number>> {
    const sums: Partial<Record<DropReason, number>> = {};
    for (const counters of this.workers)
      for (const reason of DROP_REASONS) {
        const count = counters.dropped(reason);
        if (count > 0) sums[reason] = (sums[reason] ?? 0) + count;
      }
    return sums;
  }
}
