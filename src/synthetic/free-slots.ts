/** The free slots, from which one is drawn at random. The first `count` entries of an array are free; all operations are O(1). */
import { randomInt } from 'node:crypto';

export class FreeSlots {
  readonly #slots: Uint32Array;
  #count = 0;

  constructor(capacity: number) {
    this.#slots = new Uint32Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  add(slot: number): void {
    this.#slots[this.#count] = slot;
    this.#count++;
  }

  /** Removes and returns a free slot, all being equally likely; undefined if there is none. */
  draw(): number | undefined {
    if (this.#count === 0) return undefined;
    const index = randomInt(this.#count);
    const slot = this.#slots[index];
    this.#count--;
    this.#slots[index] = this.#slots[this.#count] ?? 0;
    return slot;
  }
}
