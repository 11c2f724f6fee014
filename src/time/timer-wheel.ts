/**
 * A hashed timer wheel (Varghese and Lauck, scheme 6) over small integers: one timer per id, one slot per second, all
 * operations O(1), no allocation after construction. A timer whose deadline lies further ahead than the wheel is long is checked
 * once per turn.
 */
const NONE = 0xffff_ffff;

export class TimerWheel {
  readonly #slots: Uint32Array;
  readonly #next: Uint32Array;
  readonly #previous: Uint32Array;
  readonly #deadline: Uint32Array;
  #now: number;
  /** The last second whose slot has been processed completely. */
  #fired: number;

  /** Ids are 0 to capacity - 1; `slots` is the wheel's length in seconds; `now` in whole seconds. */
  constructor(capacity: number, now: number, slots = 512) {
    this.#slots = new Uint32Array(slots).fill(NONE);
    this.#next = new Uint32Array(capacity);
    this.#previous = new Uint32Array(capacity);
    this.#deadline = new Uint32Array(capacity);
    this.#now = now;
    this.#fired = now;
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

  /**
   * Advances the time to `now` and calls `expire` for each timer that is due, after stopping it; `expire` may start that timer
   * again but must not touch others. At most `most` timers fire per call, so that many timers due in one second do not block the
   * thread: the rest fire in the next call. Returns whether any are left.
   */
  advance(now: number, expire: (id: number) => void, most = Number.POSITIVE_INFINITY): boolean {
    this.#now = Math.max(now, this.#now);
    let left = most;
    this.#fired = Math.max(this.#fired, this.#now - this.#slots.length);
    while (this.#fired < this.#now) {
      left = this.#fire((this.#fired + 1) % this.#slots.length, expire, left);
      if (left < 0) return true;
      this.#fired++;
    }
    return false;
  }

  /** Fires the due timers of a slot; returns how many more may fire, or -1 if `most` was reached before all had. */
  #fire(slot: number, expire: (id: number) => void, most: number): number {
    let left = most;
    let id = this.#slots[slot] ?? NONE;
    while (id !== NONE) {
      const next = this.#next[id] ?? NONE;
      if ((this.#deadline[id] ?? 0) <= this.#now) {
        if (left === 0) return -1;
        left--;
        this.stop(id);
        expire(id);
      }
      id = next;
    }
    return left;
  }
}
