/**
 * The set of rules still to be tried, lowest number first, reused for every decision: a two-level bitmap, with a bit per
 * rule and above that a bit per non-empty word, so that a few among thousands are found in a few steps.
 */
import type { Sink } from '../lookup/postings.ts';

export class RuleSelection implements Sink {
  readonly #rules: Int32Array;
  readonly #words: Int32Array;
  /** The initial content of both levels. */
  readonly #always: { readonly rules: Int32Array; readonly words: Int32Array };
  /** Those of `#words` before this one are empty. */
  #from = 0;

  /** Rules are numbered from 0. */
  constructor(rules: number) {
    this.#rules = new Int32Array(Math.ceil(rules / 32));
    this.#words = new Int32Array(Math.ceil(rules / 1024));
    this.#always = { rules: this.#rules.slice(), words: this.#words.slice() };
  }

  /** Adds the rule to every future selection. */
  addAlways(rule: number): void {
    setBit(this.#always.rules, rule);
    setBit(this.#always.words, rule >>> 5);
  }

  begin(): void {
    this.#rules.set(this.#always.rules);
    this.#words.set(this.#always.words);
    this.#from = 0;
  }

  add(rule: number): void {
    setBit(this.#rules, rule);
    setBit(this.#words, rule >>> 5);
  }

  /** Removes and returns the lowest rule; -1 when none is left. */
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

/** Its number, from 0. */
function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
