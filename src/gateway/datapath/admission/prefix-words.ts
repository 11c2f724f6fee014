/** Prefixes as the datapath tests them: on address words, without allocation. */
import type { Prefix } from '../../../wire/address.ts';
import { addressWords } from '../../../wire/address-words.ts';

export class PrefixWords {
  readonly family: 4 | 6;
  readonly #words: Uint32Array;
  readonly #masks: Uint32Array;

  constructor(prefix: Prefix) {
    this.family = prefix.address.length === 4 ? 4 : 6;
    this.#words = addressWords(prefix.address);
    const length = this.family === 4 ? prefix.length + 96 : prefix.length;
    this.#masks = Uint32Array.from([0, 32, 64, 96], (first) => maskOf(length - first));
  }

  /** Whether the address in `words[at..at+4)`, which is of this prefix's family, is inside. */
  contains(words: Uint32Array, at: number): boolean {
    for (let word = 0; word < 4; word++) {
      if ((((words[at + word] ?? 0) ^ (this.#words[word] ?? 0)) & (this.#masks[word] ?? 0)) !== 0)
        return false;
    }
    return true;
  }
}

/** Whether any prefix of the family holds the address in `words[at..at+4)`. */
export function anyContains(
  prefixes: readonly PrefixWords[],
  family: 4 | 6,
  words: Uint32Array,
  at: number,
): boolean {
  return prefixes.some((prefix) => prefix.family === family && prefix.contains(words, at));
}

function maskOf(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffff_ffff : ~(0xffff_ffff >>> bits) >>> 0;
}
