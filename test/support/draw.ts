/** Pseudo-random draws that are the same in every run, so that two versions of the engine meet the same policy. */

export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from 0 to `end` - 1: mulberry32. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * end);
  }

  /** True so often, from 0 to 1. */
  chance(share: number): boolean {
    return this.below(1_000_000) < share * 1_000_000;
  }

  one<T>(values: readonly [T, ...T[]] | readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError('Cannot draw one: there is nothing to draw from');
    return value;
  }

  /** So many values, each made anew. */
  some<T>(count: number, make: () => T): T[] {
    return Array.from({ length: count }, make);
  }

  shuffle<T>(values: readonly T[]): T[] {
    const order = values.map((value) => ({ value, key: this.below(0x1_0000_0000) }));
    return order.sort((one, other) => one.key - other.key).map(({ value }) => value);
  }
}
