/**
 * A large set of texts, partitioned into sets of a few thousand: a single set would be rehashed as a whole whenever it outgrows
 * its table, which would block the thread.
 */
import { hashText } from './hash.ts';

const SET_SIZE = 4096;

export class TextSet {
  /** Their number is a power of two. */
  readonly #sets: ReadonlyArray<Set<string>>;

  /** `expected` is the approximate number of texts. */
  constructor(expected: number) {
    const count = 2 ** Math.max(0, Math.ceil(Math.log2(expected / SET_SIZE)));
    this.#sets = Array.from({ length: count }, () => new Set());
  }

  add(text: string): void {
    this.#setOf(text)?.add(text);
  }

  has(text: string): boolean {
    return this.#setOf(text)?.has(text) === true;
  }

  *[Symbol.iterator](): Iterator<string> {
    for (const set of this.#sets) yield* set;
  }

  #setOf(text: string): Set<string> | undefined {
    const count = this.#sets.length;
    return this.#sets[count === 1 ? 0 : hashText(text) & (count - 1)];
  }
}
