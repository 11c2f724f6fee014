/**
 * Superimposed coding, as in signature files: the values seen during one decision, in a few bits for each kind of value
 * (a *sight*). A clear bit proves that none of its values was there; a set bit proves nothing.
 */

/** 32-bit words of one kind of thing: 64 bits tell a handful of values apart well enough. */
const WORDS = 2;

export class Signature {
  readonly #words: Int32Array;

  /** Sights are numbered from 0. */
  constructor(sights: number) {
    this.#words = new Int32Array(WORDS * sights);
  }

  clear(): void {
    this.#words.fill(0);
  }

  see(sight: number, hash: number): void {
    const word = WORDS * sight + (hash >>> 31);
    this.#words[word] = (this.#words[word] ?? 0) | bitOf(hash);
  }

  passes(sight: number, low: number, high: number): boolean {
    const words = this.#words;
    return (((words[WORDS * sight] ?? 0) & low) | ((words[WORDS * sight + 1] ?? 0) & high)) !== 0;
  }
}

/** Not taken from the low bits, which choose a slot in an index. */
function bitOf(hash: number): number {
  return 1 << ((hash >>> 26) & 31);
}

/** Tests whether one of some values was seen. */
export interface SignatureTest {
  readonly sight: number;
  readonly hashes: readonly number[];
}

/** The tests of all rules, side by side in memory. */
export class SignatureTests {
  /** Where the tests of each rule begin; one more start is the end of the last. */
  readonly #starts: Int32Array;
  /** A sight and two words of bits for each test. */
  readonly #tests: Int32Array;

  /** By number of the rule. */
  constructor(tests: ReadonlyArray<readonly SignatureTest[]>) {
    let end = 0;
    this.#starts = Int32Array.from([0, ...tests.map(({ length }) => (end += 3 * length))]);
    this.#tests = Int32Array.from(tests.flatMap((own) => own.flatMap(encodeTest)));
  }

  /** Whether the rule may hold. */
  pass(rule: number, signature: Signature): boolean {
    const tests = this.#tests;
    const end = this.#starts[rule + 1] ?? 0;
    for (let at = this.#starts[rule] ?? 0; at < end; at += 3) {
      if (!signature.passes(tests[at] ?? 0, tests[at + 1] ?? 0, tests[at + 2] ?? 0)) return false;
    }
    return true;
  }
}

function encodeTest({ sight, hashes }: SignatureTest): readonly number[] {
  const words = [0, 0];
  for (const hash of hashes) words[hash >>> 31] = (words[hash >>> 31] ?? 0) | bitOf(hash);
  return [sight, ...words];
}
