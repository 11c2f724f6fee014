/**
 * A hashed timer wheel (Varghese and Lauck, scheme 6) over small integers: one timer per id, one slot per second, all
 * operations O(1), no allocation after construction. A timer further away than the wheel is long stays in its slot and
 * is looked at once per turn.
 */
const NONE = 0xffff_ffff;

export class TimerWheel {
  readonly #slots: Uint32Array;
  readonly #next: Uint32Array;
  readonly #previous: Uint32Array;
  readonly #deadline: Uint32Array;
  #now: number;

  /** Ids are 0 to capacity - 1; `slots` is the wheel's length in seconds; `now` in whole seconds. */
  constructor(capacity: number, now: number, slots = 512) {
    this.#slots = new Uint32Array(slots).fill(NONE);
    this.#next = new Uint32Array(capacity);
    this.#previous = new Uint32Array(capacity);
    this.#deadline = new Uint32Array(capacity);
    this.#now = now;
  }

  /** Starts the timer of `id`, which must not be running. A deadline not after now fires at the next second. */
  start(id: number, deadline: number): void {
    const due = Math.max(deadline, this.#now + 1);
    const slot = due % this.#slots.length;
    const head = this.#slots[slot] ?? NONE;
    this.#deadline[id] = due;
    this.#next[id] = head;
    this.#previous[id] = NONE;
    if (head !== NONE) this.#previous[head] = id;
    this.#slots[slot] = id;
  }

  /** Stops the timer of `id`, which must be running. */
  stop(id: number): void {
    const next = this.#next[id] ?? NONE;
    const previous = this.#previous[id] ?? NONE;
    if (next !== NONE) this.#previous[next] = previous;
    if (previous !== NONE) this.#next[previous] = next;
    else this.#slots[(this.#deadline[id] ?? 0) % this.#slots.length] = next;
  }

  /** Moves the time forward to `now` and calls `expire` for each timer that is due, already stopped; it may start that timer again, and must not touch others. */
  advance(now: number, expire: (id: number) => void): void {
    const turns = Math.min(now - this.#now, this.#slots.length);
    const first = now - turns + 1;
    this.#now = Math.max(now, this.#now);
    for (let second = first; second <= now; second++) this.#fire(second % this.#slots.length, now, expire);
  }

  #fire(slot: number, now: number, expire: (id: number) => void): void {
    let id = this.#slots[slot] ?? NONE;
    while (id !== NONE) {
      const next = this.#next[id] ?? NONE;
      if ((this.#deadline[id] ?? 0) <= now) {
        this.stop(id);
        expire(id);
      }
      id = next;
    }
  }
}
