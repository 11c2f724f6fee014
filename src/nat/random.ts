/** Unpredictable numbers for ports and seeds, drawn from the kernel's generator in blocks, so that one per flow is cheap. */
import { randomFillSync } from 'node:crypto';

/** A whole number from 0 to `bound` - 1, all equally likely; `bound` is at most 2^32. */
export type RandomBelow = (bound: number) => number;

const BLOCK_WORDS = 1024;
const WORD = 0x1_0000_0000;

export function createSecureRandom(): RandomBelow {
  const block = new Uint32Array(BLOCK_WORDS);
  let next = BLOCK_WORDS;
  return (bound) => {
    // Rejection keeps all values equally likely; each draw is rejected with a probability below one half.
    const limit = WORD - (WORD % bound);
    for (;;) {
      if (next === BLOCK_WORDS) {
        randomFillSync(block);
        next = 0;
      }
      const word = block[next++] ?? 0;
      if (word < limit) return word % bound;
    }
  };
}
