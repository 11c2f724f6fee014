/** Receives the lists that contain a value, marks them in the signature, and selects the rules filed under them. */

import { hashInteger } from '../lookup/hash.ts';
import type { Postings, Sink } from '../lookup/postings.ts';
import type { RulesOfLists } from './place-index.ts';
import type { SearchState } from './search-state.ts';
import type { Signature } from './signature.ts';

export class ListSink implements Sink {
  readonly #codes: Int32Array;
  readonly #postings: Postings;
  readonly #section: number;
  readonly #rules: Sink;
  readonly #signature: Signature;

  /** `section` is the signature's section for the lists of this place. */
  constructor({ codes, postings }: RulesOfLists, section: number, { rules, signature }: SearchState) {
    this.#codes = codes;
    this.#postings = postings;
    this.#section = section;
    this.#rules = rules;
    this.#signature = signature;
  }

  add(list: number): void {
    this.#signature.add(this.#section, hashInteger(list));
    this.#postings.emit(this.#codes[list] ?? 0, this.#rules);
  }
}
