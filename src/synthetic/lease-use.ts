/**
 * What packet workers tell the lease pool about each slot: how many flows are open to it and when it was last used.
 * Lives in shared memory; a worker rebuilds it from the buffer. Times are milliseconds of the machine's monotonic
 * clock (`process.hrtime`), which reads the same in every thread.
 *
 *      | Int32 open flows × slots | Int32 second of last use × slots |
 */
const BYTES_PER_SLOT = 2 * Int32Array.BYTES_PER_ELEMENT;
/** The slot was never used. Seconds are stored plus one, so that second 0 is not taken for this. */
const NEVER = 0;

export class LeaseUse {
  readonly buffer: SharedArrayBuffer;
  readonly #flows: Int32Array<SharedArrayBuffer>;
  readonly #lastUsed: Int32Array<SharedArrayBuffer>;

  /** Takes the pool's number of slots or, in a worker, the buffer it was handed. */
  constructor(slotsOrBuffer: number | SharedArrayBuffer) {
    this.buffer =
      typeof slotsOrBuffer === 'number'
        ? new SharedArrayBuffer(slotsOrBuffer * BYTES_PER_SLOT)
        : slotsOrBuffer;
    const slots = this.buffer.byteLength / BYTES_PER_SLOT;
    this.#flows = new Int32Array(this.buffer, 0, slots);
    this.#lastUsed = new Int32Array(this.buffer, slots * Int32Array.BYTES_PER_ELEMENT, slots);
  }

  get slots(): number {
    return this.#flows.length;
  }

  /** A flow to the slot's address has begun. */
  open(slot: number, nowMs: number): void {
    Atomics.add(this.#flows, slot, 1);
    this.touch(slot, nowMs);
  }

  /** One of its flows has ended. */
  close(slot: number, nowMs: number): void {
    Atomics.sub(this.#flows, slot, 1);
    this.touch(slot, nowMs);
  }

  /** The slot's address was used; exact to the second. */
  touch(slot: number, nowMs: number): void {
    Atomics.store(this.#lastUsed, slot, Math.floor(nowMs / 1000) + 1);
  }

  openFlows(slot: number): number {
    return Atomics.load(this.#flows, slot);
  }

  /** The end of the second in which the slot was last used, in milliseconds; undefined when it never was. */
  lastUsedMs(slot: number): number | undefined {
    const second = Atomics.load(this.#lastUsed, slot);
    return second === NEVER ? undefined : second * 1000;
  }

  /** Forgets the last use, when the slot begins to mean another name; flows that are still open stay counted. */
  forgetUse(slot: number): void {
    Atomics.store(this.#lastUsed, slot, NEVER);
  }
}
