/** The search of one place, with a class for each type of value. Searching allocates nothing and calls no closures. */
import type { Address } from '../../wire/address.ts';
import type { Elements, Facts } from '../evaluation/facts.ts';
import { appendToGram, GRAM_BYTES } from '../lookup/grams.ts';
import { hashInteger, hashText } from '../lookup/hash.ts';
import type { PostingMap } from '../lookup/posting-map.ts';
import type { Sink } from '../lookup/postings.ts';
import type { RangeIndex } from '../lookup/range-index.ts';
import { HashSearch } from './hash-search.ts';
import { ListSink } from './list-sink.ts';
import type { PlaceIndex } from './place-index.ts';
import type { KeyPlace } from './rule-key.ts';
import type { SearchState } from './search-state.ts';
import type { Signature } from './signature.ts';

/** Adds to the candidates the rules that any value of the facts in this place may satisfy. */
export interface PlaceSearch {
  search(facts: Facts): void;
}

export function searchPlace(index: PlaceIndex, state: SearchState): PlaceSearch {
  switch (index.place.field.type.scalar) {
    case 'Int':
      return new IntegerSearch(index, state);
    case 'Ip':
      return new AddressSearch(index, state);
    default:
      return new TextSearch(index, state);
  }
}

/** Walks over the values of the place. */
abstract class ValueSearch<T> implements PlaceSearch {
  protected readonly place: KeyPlace;
  protected readonly slot: number;
  protected readonly isOne: boolean;

  constructor({ place }: PlaceIndex) {
    this.place = place;
    this.slot = place.field.slot;
    this.isOne = place.field.type.shape === 'one';
  }

  search(facts: Facts): void {
    const value = this.isOne ? this.readOne(facts) : undefined;
    if (value !== undefined) this.visit(value);
    const values = this.isOne ? this.readOthers(facts) : this.readAll(facts);
    if (values === undefined) return;
    for (let at = 0; at < values.length; at++) {
      const each = values[at];
      if (each !== undefined) this.visit(each);
    }
  }

  protected abstract readOne(facts: Facts): T | undefined;
  protected abstract readAll(facts: Facts): Elements<T> | undefined;
  protected abstract visit(value: T): void;

  /** Further values of a single-value field (`Facts.otherTexts`). */
  protected readOthers(_: Facts): Elements<T> | undefined {
    return undefined;
  }
}

class TextSearch extends ValueSearch<string> {
  readonly #section: number;
  readonly #signature: Signature;
  readonly #grams: PostingMap | undefined;
  readonly #hashes: HashSearch;
  readonly #isHashed: boolean;
  readonly #rules: Sink;

  constructor(index: PlaceIndex, state: SearchState) {
    super(index);
    this.#section = index.sections.gram;
    this.#signature = state.signature;
    this.#grams = index.grams;
    this.#hashes = new HashSearch(index, state);
    this.#isHashed = this.#hashes.isNeeded;
    this.#rules = state.rules;
  }

  protected override readOne(facts: Facts): string | undefined {
    return facts.texts[this.slot];
  }

  protected override readOthers(facts: Facts): Elements<string> | undefined {
    return facts.otherTexts[this.slot];
  }

  protected override readAll(facts: Facts): Elements<string> | undefined {
    const { field, key } = this.place;
    if (field.type.shape === 'array') return facts.textArrays[this.slot];
    const attributes = facts.attributeSets[this.slot];
    return key === undefined ? attributes?.each : attributes?.byName.get(key);
  }

  protected override visit(text: string): void {
    if (this.#grams !== undefined) this.#visitGrams(text, this.#grams);
    if (this.#isHashed) this.#hashes.visit(hashText(text));
  }

  #visitGrams(text: string, grams: PostingMap): void {
    let gram = 0;
    for (let at = 0; at < text.length; at++) {
      gram = appendToGram(gram, text.charCodeAt(at));
      if (at < GRAM_BYTES - 1) continue;
      const hash = hashInteger(gram);
      this.#signature.add(this.#section, hash);
      grams.find(hash, this.#rules);
    }
  }
}

class IntegerSearch extends ValueSearch<number> {
  readonly #hashes: HashSearch;
  readonly #isHashed: boolean;
  readonly #ranges: RangeIndex | undefined;
  readonly #rules: Sink;

  constructor(index: PlaceIndex, state: SearchState) {
    super(index);
    this.#hashes = new HashSearch(index, state);
    this.#isHashed = this.#hashes.isNeeded;
    this.#ranges = index.ranges;
    this.#rules = state.rules;
  }

  protected override readOne(facts: Facts): number | undefined {
    return facts.integers[this.slot];
  }

  protected override readAll(facts: Facts): Elements<number> | undefined {
    return facts.integerArrays[this.slot];
  }

  protected override visit(value: number): void {
    if (this.#isHashed) this.#hashes.visit(hashInteger(value));
    this.#ranges?.find(value, this.#rules);
  }
}

class AddressSearch extends ValueSearch<Address> {
  readonly #ranges: RangeIndex | undefined;
  readonly #listed: RangeIndex | undefined;
  readonly #rules: Sink;
  readonly #lists: Sink | undefined;

  constructor(index: PlaceIndex, state: SearchState) {
    super(index);
    this.#ranges = index.ranges;
    this.#listed = index.lists?.membership.addresses;
    this.#rules = state.rules;
    this.#lists = index.lists && new ListSink(index.lists, index.sections.list, state);
  }

  protected override readOne(facts: Facts): Address | undefined {
    return facts.addresses[this.slot];
  }

  protected override readAll(facts: Facts): Elements<Address> | undefined {
    return facts.addressArrays[this.slot];
  }

  protected override visit(address: Address): void {
    this.#ranges?.find(address, this.#rules);
    if (this.#lists !== undefined) this.#listed?.find(address, this.#lists);
  }
}
