/** The rules that one place can find: by its texts, their grams, its numbers or addresses, and the lists these are on. */
import { HashIndex, hashText } from './hash-index.ts';
import { hashInteger, type ListMembership } from './list-membership.ts';
import { Postings, type Sink } from './postings.ts';
import { type OwnedRange, RangeIndex } from './range-index.ts';
import type { KeyPlace, RuleKey } from './rule-key.ts';

export class PlaceIndex {
  readonly place: KeyPlace;
  readonly texts = new HashIndex();
  readonly grams = new HashIndex();
  readonly rulesOfLists = new RulesOfLists();
  readonly #membership: ListMembership;
  readonly #ranges: OwnedRange[] = [];

  constructor(place: KeyPlace, membership: ListMembership) {
    this.place = place;
    this.#membership = membership;
  }

  add(key: RuleKey, rule: number): void {
    switch (key.kind) {
      case 'texts':
        for (const text of key.texts) this.texts.add(hashText(text), rule);
        break;
      case 'gram':
        this.grams.add(hashInteger(key.gram), rule);
        break;
      case 'ranges':
        for (const { first, last } of key.ranges) this.#ranges.push({ first, last, owner: rule });
        break;
      case 'list':
        this.rulesOfLists.put(this.#membership.numberOf(key.list), rule);
    }
  }

  /** Of all that were added. */
  indexRanges(): RangeIndex {
    return new RangeIndex(this.#ranges);
  }

  /** Undefined when no rule names a list here. */
  get listedValues(): HashIndex | undefined {
    return this.rulesOfLists.isEmpty ? undefined : this.#membership.values;
  }

  get listedAddresses(): RangeIndex | undefined {
    return this.rulesOfLists.isEmpty ? undefined : this.#membership.addresses;
  }
}

/** From the lists that hold a value to the rules that name them in one place. */
export class RulesOfLists {
  /** Codes of rules by the number of the list. */
  readonly #rules: number[] = [];
  readonly #postings = new Postings();

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  put(list: number, rule: number): void {
    this.#rules[list] = this.#postings.add(this.#rules[list] ?? 0, rule);
  }

  /** A sink for lists that pours their rules into `rules`. */
  sinkInto(rules: Sink): Sink {
    return new ListSink(
      Int32Array.from(this.#rules, (code) => code ?? 0),
      this.#postings,
      rules,
    );
  }
}

class ListSink implements Sink {
  readonly #codes: Int32Array;
  readonly #postings: Postings;
  readonly #rules: Sink;

  constructor(codes: Int32Array, postings: Postings, rules: Sink) {
    this.#codes = codes;
    this.#postings = postings;
    this.#rules = rules;
  }

  add(list: number): void {
    this.#postings.pour(this.#codes[list] ?? 0, this.#rules);
  }
}
