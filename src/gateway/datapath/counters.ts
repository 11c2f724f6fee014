/**
 * What one worker counts, in shared memory: the worker writes, the control thread reads whenever it is asked. Numbers
 * are doubles, exact up to 2^53; each has one writer.
 */
import { DROP_REASONS, type DropReason, dropReasonNumber } from '../../report/drop-reason.ts';

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

  drop(reason: DropReason): void {
    const at = COUNTERS.length + dropReasonNumber(reason);
    this.#values[at] = (this.#values[at] ?? 0) + 1;
  }

  read(name: CounterName): number {
    return this.#values[NUMBERS.get(name) ?? 0] ?? 0;
  }

  /** The reasons for which something was dropped, with how often. */
  drops(): Partial<Record<DropReason, number>> {
    const counted = DROP_REASONS.map(
      (reason, at) => [reason, this.#values[COUNTERS.length + at] ?? 0] as const,
    );
    return Object.fromEntries(counted.filter(([, count]) => count > 0));
  }
}
