/**
 * Superimposed coding, as in signature files: the values seen during one decision, hashed into a few bits. Each kind of
 * value has a section of its own. A clear bit proves that a value was not seen; a set bit proves nothing.
 */

/** 32-bit words per section: 64 bits distinguish a handful of values well enough. */
const WORDS = 2;

export class Signature {
  readonly #words: Int32Array;

  /** `sections` is their number; they are numbered from 0. */
  constructor(sections: number) {
    this.#words = new Int32Array(WORDS * sections);
  }

  clear(): void {
    this.#words.fill(0);
  }

  add(section: number, hash: number): void {
    const word = WORDS * section + (hash >>> 31);
    this.#words[word] = (this.#words[word] ?? 0) | bitOf(hash);
  }

  /** Whether any of the bits, given as the section's two words, is set. */
  passes(section: number, low: number, high: number): boolean {
    const words = this.#words;
    return (((words[WORDS * section] ?? 0) & low) | ((words[WORDS * section + 1] ?? 0) & high)) !== 0;
  }
}

/** Uses high bits, because the low ones choose the slot in a posting map. */
function bitOf(hash: number): number {
  return 1 << ((hash >>> 26) & 31);
}

/** Passes if at least one of the hashes may have been seen in the section. */
export interface SignatureTest {
  readonly section: number;
  readonly hashes: readonly number[];
}

/** The tests of all rules, side by side in memory. */
export class SignatureTests {
  /** Where the tests of each rule begin; one more start is the end of the last. */
  readonly #starts: Int32Array;
  /** Three numbers for each test: a section and two words of bits. */
  readonly #tests: Int32Array;

  /** `tests` are indexed by the number of the rule. */
  constructor(tests: ReadonlyArray<readonly SignatureTest[]>) {
    let end = 0;
    this.#starts = Int32Array.from([0, ...tests.map(({ length }) => (end += 3 * length))]);
    this.#tests = Int32Array.from(tests.flatMap((own) => own.flatMap(encodeTest)));
  }

  /** False if the signature rules the rule out. */
  pass(rule: number, signature: Signature): boolean {
    const tests = this.#tests;
    const end = this.#starts[rule + 1] ?? 0;
    for (let at = this.#starts[rule] ?? 0; at < end; at += 3) {
      if (!signature.passes(tests[at] ?? 0, tests[at + 1] ?? 0, tests[at + 2] ?? 0)) return false;
    }
    return true;
  }
}

function encodeTest({ section, hashes }: SignatureTest): readonly number[] {
  const words = [0, 0];
  for (const hash of hashes) words[hash >>> 31] = (words[hash >>> 31] ?? 0) | bitOf(hash);
  return [section, ...words];
}
