/** Searches of one place, with a class for each type of value. They allocate nothing and call no closures. */
import type { Address } from '../../wire/address.ts';
import type { Elements, Facts } from '../evaluation/facts.ts';
import { appendToGram, GRAM_BYTES } from '../lookup/grams.ts';
import { type HashIndex, hashInteger, hashText } from '../lookup/hash-index.ts';
import type { Sink } from '../lookup/postings.ts';
import type { RangeIndex } from '../lookup/range-index.ts';
import type { Findings } from './findings.ts';
import { HashSearch } from './hash-search.ts';
import { ListSink } from './list-sink.ts';
import type { PlaceIndex } from './place-index.ts';
import type { KeyPlace } from './rule-key.ts';
import type { Signature } from './signature.ts';

/** Selects the rules that the facts may satisfy in this place, whichever element they are about. */
export interface PlaceSearch {
  search(facts: Facts): void;
}

export function searchPlace(index: PlaceIndex, findings: Findings): PlaceSearch {
  switch (index.place.field.type.scalar) {
    case 'Int':
      return new IntegerSearch(index, findings);
    case 'Ip':
      return new AddressSearch(index, findings);
    default:
      return new TextSearch(index, findings);
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

  /** What a field of one value has beside it. */
  protected readOthers(_: Facts): Elements<T> | undefined {
    return undefined;
  }
}

class TextSearch extends ValueSearch<string> {
  readonly #sight: number;
  readonly #signature: Signature;
  readonly #grams: HashIndex | undefined;
  readonly #hashes: HashSearch;
  readonly #isHashed: boolean;
  readonly #rules: Sink;

  constructor(index: PlaceIndex, findings: Findings) {
    super(index);
    this.#sight = index.sights.gram;
    this.#signature = findings.signature;
    this.#grams = index.grams;
    this.#hashes = new HashSearch(index, findings);
    this.#isHashed = this.#hashes.isNeeded;
    this.#rules = findings.rules;
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

  #visitGrams(text: string, grams: HashIndex): void {
    let gram = 0;
    for (let at = 0; at < text.length; at++) {
      gram = appendToGram(gram, text.charCodeAt(at));
      if (at < GRAM_BYTES - 1) continue;
      const hash = hashInteger(gram);
      this.#signature.see(this.#sight, hash);
      grams.find(hash, this.#rules);
    }
  }
}

class IntegerSearch extends ValueSearch<number> {
  readonly #hashes: HashSearch;
  readonly #isHashed: boolean;
  readonly #ranges: RangeIndex | undefined;
  readonly #rules: Sink;

  constructor(index: PlaceIndex, findings: Findings) {
    super(index);
    this.#hashes = new HashSearch(index, findings);
    this.#isHashed = this.#hashes.isNeeded;
    this.#ranges = index.ranges;
    this.#rules = findings.rules;
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

  constructor(index: PlaceIndex, findings: Findings) {
    super(index);
    this.#ranges = index.ranges;
    this.#listed = index.lists?.membership.addresses;
    this.#rules = findings.rules;
    this.#lists = index.lists && new ListSink(index.lists, index.sights.list, findings);
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
