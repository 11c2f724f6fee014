/**
 * The rules that are yet to be tried, lowest number first, reused for every decision. A rule is among them when both its
 * marks are set: two bits a rule, because to try a rule costs more than to look up a second thing that it needs.
 */
import type { Sink } from './postings.ts';

export class RuleSelection implements Sink {
  /** Marks in 32-bit words: the first mark of each rule, then the second of each. */
  readonly #marks: Int32Array;
  readonly #always: Int32Array;
  readonly #words: number;
  /** Words before this one are empty. */
  #from = 0;

  /** Rules are numbered from 0. */
  constructor(rules: number) {
    this.#words = Math.ceil(rules / 32);
    this.#marks = new Int32Array(2 * this.#words);
    this.#always = new Int32Array(2 * this.#words);
  }

  /** The number that is the second mark of a rule, where the rule's own number is the first. */
  secondMark(rule: number): number {
    return 32 * this.#words + rule;
  }

  /** Sets the mark in every selection to come. */
  addAlways(mark: number): void {
    setBit(this.#always, mark);
  }

  begin(): void {
    this.#marks.set(this.#always);
    this.#from = 0;
  }

  add(mark: number): void {
    setBit(this.#marks, mark);
  }

  /** Takes out the lowest rule; -1 when none is left. */
  take(): number {
    for (; this.#from < this.#words; this.#from++) {
      const first = this.#marks[this.#from] ?? 0;
      const both = first & (this.#marks[this.#from + this.#words] ?? 0);
      if (both === 0) continue;
      const lowest = both & -both;
      this.#marks[this.#from] = first ^ lowest;
      return this.#from * 32 + 31 - Math.clz32(lowest);
    }
    return -1;
  }
}

function setBit(words: Int32Array, bit: number): void {
  const word = bit >>> 5;
  words[word] = (words[word] ?? 0) | (1 << (bit & 31));
}
