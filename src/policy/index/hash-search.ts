/** Looks up a text or integer of a place by hash: in the values its rules name, and in the index of all lists. */

import type { HashIndex } from '../lookup/hash-index.ts';
import type { Sink } from '../lookup/postings.ts';
import type { Findings } from './findings.ts';
import { ListSink } from './list-sink.ts';
import type { PlaceIndex } from './place-index.ts';
import type { Signature } from './signature.ts';

export class HashSearch {
  readonly #sight: number;
  readonly #values: HashIndex | undefined;
  readonly #listed: HashIndex | undefined;
  readonly #lists: Sink;
  readonly #rules: Sink;
  readonly #signature: Signature;

  constructor({ sights, values, lists }: PlaceIndex, findings: Findings) {
    this.#sight = sights.values;
    this.#values = values;
    this.#listed = lists?.membership.values;
    this.#lists = lists === undefined ? findings.rules : new ListSink(lists, sights.list, findings);
    this.#rules = findings.rules;
    this.#signature = findings.signature;
  }

  /** Whether there is anything to find. */
  get isNeeded(): boolean {
    return this.#values !== undefined || this.#listed !== undefined;
  }

  visit(hash: number): void {
    this.#signature.see(this.#sight, hash);
    this.#values?.find(hash, this.#rules);
    this.#listed?.find(hash, this.#lists);
  }
}
