/** Receives the lists that contain a value, marks them in the signature, and selects the rules filed under them. */

import { hashInteger } from '../lookup/hash-index.ts';
import type { Postings, Sink } from '../lookup/postings.ts';
import type { Findings } from './findings.ts';
import type { RulesOfLists } from './place-index.ts';
import type { Signature } from './signature.ts';

export class ListSink implements Sink {
  readonly #codes: Int32Array;
  readonly #postings: Postings;
  readonly #sight: number;
  readonly #rules: Sink;
  readonly #signature: Signature;

  /** `sight`: of the signature, for the lists of the place. */
  constructor({ codes, postings }: RulesOfLists, sight: number, { rules, signature }: Findings) {
    this.#codes = codes;
    this.#postings = postings;
    this.#sight = sight;
    this.#rules = rules;
    this.#signature = signature;
  }

  add(list: number): void {
    this.#signature.see(this.#sight, hashInteger(list));
    this.#postings.pour(this.#codes[list] ?? 0, this.#rules);
  }
}
