/**
 * A large set of texts, divided into sets of a few thousand: a single one would be rehashed all at once whenever it outgrows
 * its table, and everything else in the thread would wait.
 */
import { hashText } from './hash-index.ts';

const SET_SIZE = 4096;

export class TextSet {
  /** A power of two of them. */
  readonly #sets: ReadonlyArray<Set<string>>;

  /** For about so many texts. */
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
