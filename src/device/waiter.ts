/**
 * Blocks a worker thread until one of its devices has packets, another thread wakes it, or time is up. While it waits,
 * the thread's own event loop stands still: fetch messages with `receiveMessageOnPort` after a wake-up.
 */
import { loadNative, type NativeAddon } from './load-native.ts';

/** Something `Waiter` can watch; a descriptor of -1 is passed over. */
export interface WaitSource {
  readonly descriptor: number;
}

/** Bit in the result of `wait`: `wake` was called. */
export const WOKEN = 1 << 30;
const MOST_SOURCES = 30;
const LONGEST_MS = 24 * 3_600_000;

/** An eventfd for wake-ups: opened by the thread that wakes, and closed by it after the last wait. */
export class Wakeup {
  readonly #native: NativeAddon = loadNative();
  /** To be handed to the waiting thread in its `workerData`. */
  readonly descriptor: number = this.#native.openWakeup();
  #open = true;

  /** Ends the current wait, or the next one. Several pending wake-ups count as one. */
  wake(): void {
    if (this.#open) this.#native.wake(this.descriptor);
  }

  close(): void {
    if (this.#open) this.#native.closeDescriptor(this.descriptor);
    this.#open = false;
  }
}

/** What `Wakeup.wake` does, for a thread that was given the descriptor. */
export function makeWaker(descriptor: number): () => void {
  const native = loadNative();
  return () => native.wake(descriptor);
}

export class Waiter {
  readonly #native: NativeAddon = loadNative();
  readonly #sources: readonly WaitSource[];
  readonly #descriptors: Int32Array<ArrayBuffer>;
  readonly #wakeup: number;

  /** `wakeup` is the descriptor of a `Wakeup`. Throws RangeError for more than 30 sources. */
  constructor(sources: readonly WaitSource[], wakeup: number) {
    if (sources.length > MOST_SOURCES)
      throw new RangeError(`Cannot wait for ${sources.length} sources: at most ${MOST_SOURCES} are taken`);
    this.#sources = sources;
    this.#descriptors = new Int32Array(sources.length);
    this.#wakeup = wakeup;
  }

  /**
   * Returns the set of ready sources, bit i for the i-th, plus `WOKEN`; 0 when `timeoutMs` milliseconds (fractions
   * count; negative: for ever; a day at most) have passed or a signal came. Throws RangeError for NaN.
   */
  wait(timeoutMs: number): number {
    if (Number.isNaN(timeoutMs)) throw new RangeError('Cannot wait for NaN milliseconds');
    let i = 0;
    for (const source of this.#sources) this.#descriptors[i++] = source.descriptor;
    return this.#native.waitReadable(this.#descriptors, this.#wakeup, Math.min(timeoutMs, LONGEST_MS));
  }
}
