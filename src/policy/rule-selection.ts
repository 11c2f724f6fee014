/** A set of rules that are yet to be tried, lowest number first: one bit a rule, reused for every decision. */

export class RuleSelection {
  readonly #words: Uint32Array;
  readonly #always: Uint32Array;
  /** Words before this one are empty. */
  #from = 0;

  /** Rules are numbered from 0; those in `always` are in the selection whenever it begins. */
  constructor(rules: number, always: readonly number[]) {
    this.#always = new Uint32Array(Math.ceil(rules / 32));
    this.#words = new Uint32Array(this.#always.length);
    for (const rule of always) setBit(this.#always, rule);
  }

  begin(): void {
    this.#words.set(this.#always);
    this.#from = 0;
  }

  add(rule: number): void {
    setBit(this.#words, rule);
  }

  /** Takes out the lowest rule; -1 when none is left. */
  take(): number {
    for (; this.#from < this.#words.length; this.#from++) {
      const word = this.#words[this.#from] ?? 0;
      if (word === 0) continue;
      const lowest = 31 - Math.clz32(word & -word);
      this.#words[this.#from] = word & (word - 1);
      return this.#from * 32 + lowest;
    }
    return -1;
  }
}

function setBit(words: Uint32Array, bit: number): void {
  const word = bit >>> 5;
  words[word] = (words[word] ?? 0) | (1 << (bit & 31));
}
