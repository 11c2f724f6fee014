/** Looks up a text or an integer of one place by hash: among the values that rules name there, and in the lists. */

import type { PostingMap } from '../lookup/posting-map.ts';
import type { Sink } from '../lookup/postings.ts';
import { ListSink } from './list-sink.ts';
import type { PlaceIndex } from './place-index.ts';
import type { SearchState } from './search-state.ts';
import type { Signature } from './signature.ts';

export class HashSearch {
  readonly #section: number;
  readonly #values: PostingMap | undefined;
  readonly #listed: PostingMap | undefined;
  readonly #lists: Sink;
  readonly #rules: Sink;
  readonly #signature: Signature;

  constructor({ sections, values, lists }: PlaceIndex, state: SearchState) {
    this.#section = sections.values;
    this.#values = values;
    this.#listed = lists?.membership.values;
    this.#lists = lists === undefined ? state.rules : new ListSink(lists, sections.list, state);
    this.#rules = state.rules;
    this.#signature = state.signature;
  }

  /** False when no rule names a value or a list here: then hashing can be skipped. */
  get isNeeded(): boolean {
    return this.#values !== undefined || this.#listed !== undefined;
  }

  visit(hash: number): void {
    this.#signature.add(this.#section, hash);
    this.#values?.find(hash, this.#rules);
    this.#listed?.find(hash, this.#lists);
  }
}
