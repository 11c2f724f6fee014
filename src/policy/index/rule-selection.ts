/**
 * The set of candidate rules still to be evaluated, reused for every decision: a two-level bitmap with one bit per rule and,
 * above it, one bit per non-empty word, so that a few candidates among thousands of rules are found in a few steps.
 */
import type { Sink } from '../lookup/postings.ts';

export class RuleSelection implements Sink {
  readonly #rules: Int32Array;
  readonly #words: Int32Array;
  /** The content of both levels at the start of a decision. */
  readonly #always: { readonly rules: Int32Array; readonly words: Int32Array };
  /** All of `#words` before this index are zero. */
  #from = 0;

  /** `rules` is their number; they are numbered from 0 in order of precedence. */
  constructor(rules: number) {
    this.#rules = new Int32Array(Math.ceil(rules / 32));
    this.#words = new Int32Array(Math.ceil(rules / 1024));
    this.#always = { rules: this.#rules.slice(), words: this.#words.slice() };
  }

  /** Makes the rule a candidate in every decision. */
  addAlways(rule: number): void {
    setBit(this.#always.rules, rule);
    setBit(this.#always.words, rule >>> 5);
  }

  /** Starts a new decision. */
  begin(): void {
    this.#rules.set(this.#always.rules);
    this.#words.set(this.#always.words);
    this.#from = 0;
  }

  add(rule: number): void {
    setBit(this.#rules, rule);
    setBit(this.#words, rule >>> 5);
  }

  /** Removes and returns the rule with the lowest number; -1 when none is left. */
  take(): number {
    for (; this.#from < this.#words.length; this.#from++) {
      const words = this.#words[this.#from] ?? 0;
      if (words === 0) continue;
      const word = this.#from * 32 + lowestBit(words);
      const rules = this.#rules[word] ?? 0;
      const others = rules & (rules - 1);
      this.#rules[word] = others;
      if (others === 0) this.#words[this.#from] = words & (words - 1);
      return word * 32 + lowestBit(rules);
    }
    return -1;
  }
}

function setBit(words: Int32Array, bit: number): void {
  const word = bit >>> 5;
  words[word] = (words[word] ?? 0) | (1 << (bit & 31));
}

/** The position of the lowest set bit, from 0. */
function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
