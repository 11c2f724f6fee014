/** A queue of slots from which any slot can be removed in O(1): a doubly linked list in two typed arrays. */
const NONE = -1;

export class SlotQueue {
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  #head = NONE;
  #tail = NONE;
  #count = 0;

  constructor(capacity: number) {
    this.#next = new Int32Array(capacity);
    this.#previous = new Int32Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  /** The slot that was added first. */
  get first(): number | undefined {
    return this.#head === NONE ? undefined : this.#head;
  }

  /** The slot must not be in the queue. */
  add(slot: number): void {
    this.#next[slot] = NONE;
    this.#previous[slot] = this.#tail;
    if (this.#tail === NONE) this.#head = slot;
    else this.#next[this.#tail] = slot;
    this.#tail = slot;
    this.#count++;
  }

  /** The slot must be in the queue. */
  remove(slot: number): void {
    const next = this.#next[slot] ?? NONE;
    const previous = this.#previous[slot] ?? NONE;
    if (previous === NONE) this.#head = next;
    else this.#next[previous] = next;
    if (next === NONE) this.#tail = previous;
    else this.#previous[next] = previous;
    this.#count--;
  }
}
