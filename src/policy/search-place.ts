/** Searches of one place each, one class for each type of value. They allocate nothing and call no closures. */
import type { Address } from '../wire/address.ts';
import type { Elements, Facts } from './facts.ts';
import { appendToGram, GRAM_BYTES } from './grams.ts';
import { type HashIndex, hashText } from './hash-index.ts';
import { hashInteger } from './list-membership.ts';
import type { PlaceIndex } from './place-index.ts';
import type { Sink } from './postings.ts';
import type { RangeIndex } from './range-index.ts';
import type { KeyPlace } from './rule-key.ts';

/** Pours the rules that may hold for what the facts have in the place, whichever element they mean. */
export interface PlaceSearch {
  search(facts: Facts): void;
}

export function searchPlace(index: PlaceIndex, rules: Sink): PlaceSearch {
  switch (index.place.field.type.scalar) {
    case 'Int':
      return new IntegerSearch(index, rules);
    case 'Ip':
      return new AddressSearch(index, rules);
    default:
      return new TextSearch(index, rules);
  }
}

class TextSearch implements PlaceSearch {
  readonly #place: KeyPlace;
  readonly #isOne: boolean;
  readonly #slot: number;
  readonly #texts: HashIndex;
  readonly #grams: HashIndex;
  readonly #listed: HashIndex | undefined;
  readonly #isHashed: boolean;
  readonly #rules: Sink;
  readonly #lists: Sink;

  constructor(index: PlaceIndex, rules: Sink) {
    this.#place = index.place;
    this.#isOne = index.place.field.type.shape === 'one';
    this.#slot = index.place.field.slot;
    this.#texts = index.texts;
    this.#grams = index.grams;
    this.#listed = index.listedValues;
    this.#isHashed = index.texts.size > 0 || this.#listed !== undefined;
    this.#rules = rules;
    this.#lists = index.rulesOfLists.sinkInto(rules);
  }

  search(facts: Facts): void {
    if (this.#isOne) this.#visit(facts.texts[this.#slot]);
    const values = this.#isOne ? facts.otherTexts[this.#slot] : this.#readAll(facts);
    if (values === undefined) return;
    for (let at = 0; at < values.length; at++) this.#visit(values[at]);
  }

  #readAll(facts: Facts): Elements<string> | undefined {
    const { field, key } = this.#place;
    if (field.type.shape === 'array') return facts.textArrays[this.#slot];
    const attributes = facts.attributeSets[this.#slot];
    return key === undefined ? attributes?.each : attributes?.byName.get(key);
  }

  #visit(text: string | undefined): void {
    if (text === undefined) return;
    if (this.#grams.size > 0) this.#visitGrams(text);
    if (!this.#isHashed) return;
    const hash = hashText(text);
    this.#texts.find(hash, this.#rules);
    this.#listed?.find(hash, this.#lists);
  }

  #visitGrams(text: string): void {
    let gram = 0;
    for (let at = 0; at < text.length; at++) {
      gram = appendToGram(gram, text.charCodeAt(at));
      if (at >= GRAM_BYTES - 1) this.#grams.find(hashInteger(gram), this.#rules);
    }
  }
}

class IntegerSearch implements PlaceSearch {
  readonly #isOne: boolean;
  readonly #slot: number;
  readonly #ranges: RangeIndex;
  readonly #listed: HashIndex | undefined;
  readonly #rules: Sink;
  readonly #lists: Sink;

  constructor(index: PlaceIndex, rules: Sink) {
    this.#isOne = index.place.field.type.shape === 'one';
    this.#slot = index.place.field.slot;
    this.#ranges = index.indexRanges();
    this.#listed = index.listedValues;
    this.#rules = rules;
    this.#lists = index.rulesOfLists.sinkInto(rules);
  }

  search(facts: Facts): void {
    if (this.#isOne) this.#visit(facts.integers[this.#slot]);
    const values = this.#isOne ? undefined : facts.integerArrays[this.#slot];
    if (values === undefined) return;
    for (let at = 0; at < values.length; at++) this.#visit(values[at]);
  }

  #visit(value: number | undefined): void {
    if (value === undefined) return;
    this.#ranges.find(value, this.#rules);
    this.#listed?.find(hashInteger(value), this.#lists);
  }
}

class AddressSearch implements PlaceSearch {
  readonly #isOne: boolean;
  readonly #slot: number;
  readonly #ranges: RangeIndex;
  readonly #listed: RangeIndex | undefined;
  readonly #rules: Sink;
  readonly #lists: Sink;

  constructor(index: PlaceIndex, rules: Sink) {
    this.#isOne = index.place.field.type.shape === 'one';
    this.#slot = index.place.field.slot;
    this.#ranges = index.indexRanges();
    this.#listed = index.listedAddresses;
    this.#rules = rules;
    this.#lists = index.rulesOfLists.sinkInto(rules);
  }

  search(facts: Facts): void {
    if (this.#isOne) this.#visit(facts.addresses[this.#slot]);
    const values = this.#isOne ? undefined : facts.addressArrays[this.#slot];
    if (values === undefined) return;
    for (let at = 0; at < values.length; at++) this.#visit(values[at]);
  }

  #visit(address: Address | undefined): void {
    if (address === undefined) return;
    this.#ranges.find(address, this.#rules);
    this.#listed?.find(address, this.#lists);
  }
}
