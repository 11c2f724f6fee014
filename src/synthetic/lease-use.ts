/**
 * What packet workers report to the lease pool about each slot: the number of open flows and the time of the last use. Kept in
 * shared memory; a worker constructs it from the buffer. Times are milliseconds of the monotonic clock (`process.hrtime`),
 * which is the same in every thread.
 *
 *      | Int32 open flows × slots | Int32 second of last use × slots |
 */
const BYTES_PER_SLOT = 2 * Int32Array.BYTES_PER_ELEMENT;
/** Marks a slot that was never used; seconds are stored plus one, so that this value is distinct. */
const NEVER = 0;

export class LeaseUse {
  readonly buffer: SharedArrayBuffer;
  readonly #flows: Int32Array<SharedArrayBuffer>;
  readonly #lastUsed: Int32Array<SharedArrayBuffer>;

  /** From the pool's number of slots or, in a worker, from the shared buffer. */
  constructor(slotsOrBuffer: number | SharedArrayBuffer) {
    this.buffer =
      typeof slotsOrBuffer === 'number'
        ? new SharedArrayBuffer(slotsOrBuffer * BYTES_PER_SLOT)
        : slotsOrBuffer;
    const slots = this.buffer.byteLength / BYTES_PER_SLOT;
    this.#flows = new Int32Array(this.buffer, 0, slots);
    this.#lastUsed = new Int32Array(this.buffer, slots * Int32Array.BYTES_PER_ELEMENT, slots);
  }

  /** Counts a new flow to the slot's address. */
  open(slot: number, nowMs: number): void {
    Atomics.add(this.#flows, slot, 1);
    this.touch(slot, nowMs);
  }

  /** Counts the end of a flow. */
  close(slot: number, nowMs: number): void {
    Atomics.sub(this.#flows, slot, 1);
    this.touch(slot, nowMs);
  }

  /** Records a use of the slot's address, with a resolution of one second. */
  touch(slot: number, nowMs: number): void {
    Atomics.store(this.#lastUsed, slot, Math.floor(nowMs / 1000) + 1);
  }

  openFlows(slot: number): number {
    return Atomics.load(this.#flows, slot);
  }

  /** The end of the second in which the slot was last used, in milliseconds; undefined if it never was. */
  lastUsedMs(slot: number): number | undefined {
    const second = Atomics.load(this.#lastUsed, slot);
    return second === NEVER ? undefined : second * 1000;
  }

  /** Clears the time of last use when the slot is leased to another name; open flows remain counted. */
  forgetUse(slot: number): void {
    Atomics.store(this.#lastUsed, slot, NEVER);
  }
}
