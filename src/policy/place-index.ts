/** The rules that one place can find: by its texts, their grams, its numbers or addresses, and the lists these are on. */
import type { Address } from '../wire/address.ts';
import {
  type ArrayReader,
  type Reader,
  readAddress,
  readAddresses,
  readInteger,
  readIntegers,
  readText,
  readTexts,
} from './compile-operand.ts';
import type { Facts } from './facts.ts';
import { eachGram } from './grams.ts';
import { HashIndex, hashText } from './hash-index.ts';
import { hashInteger, type ListMembership } from './list-membership.ts';
import { Postings, type Take } from './postings.ts';
import { type OwnedRange, RangeIndex } from './range-index.ts';
import type { KeyPlace, RuleKey } from './rule-key.ts';

/** Hands over the rules that may hold for what the facts have in this place. */
export type Search = (facts: Facts) => void;

export class PlaceIndex {
  readonly #place: KeyPlace;
  readonly #membership: ListMembership;
  readonly #texts = new HashIndex();
  readonly #grams = new HashIndex();
  readonly #ranges: OwnedRange[] = [];
  /** Codes of rules by the number of the list. */
  readonly #lists: number[] = [];
  readonly #postings = new Postings();

  constructor(place: KeyPlace, membership: ListMembership) {
    this.#place = place;
    this.#membership = membership;
  }

  add(key: RuleKey, rule: number): void {
    switch (key.kind) {
      case 'texts':
        for (const text of key.texts) this.#texts.add(hashText(text), rule);
        break;
      case 'gram':
        this.#grams.add(hashInteger(key.gram), rule);
        break;
      case 'ranges':
        for (const { first, last } of key.ranges) this.#ranges.push({ first, last, owner: rule });
        break;
      case 'list': {
        const list = this.#membership.numberOf(key.list);
        this.#lists[list] = this.#postings.add(this.#lists[list] ?? 0, rule);
      }
    }
  }

  /** To be called when all are added. A search allocates nothing. */
  compile(take: Take): Search {
    const place = this.#place;
    switch (place.field.type.scalar) {
      case 'Int':
        return walk(place, readInteger, readIntegers, this.#compileInteger(take));
      case 'Bytes':
        return walk(place, readText, readTexts, this.#compileText(take));
      case 'Ip':
        return walk(place, readAddress, readAddresses, this.#compileAddress(take));
      case 'Bool':
        return () => {};
    }
  }

  #compileText(take: Take): (text: string) => void {
    const texts = this.#texts;
    const grams = this.#grams;
    const lists = this.#hasLists() ? this.#membership.values : undefined;
    const takeList = this.#fromLists(take);
    const isHashed = texts.size > 0 || lists !== undefined;
    const isCut = grams.size > 0;
    const takeGram = (gram: number) => grams.find(hashInteger(gram), take);
    return (text) => {
      if (isHashed) {
        const hash = hashText(text);
        texts.find(hash, take);
        lists?.find(hash, takeList);
      }
      if (isCut) eachGram(text, takeGram);
    };
  }

  #compileInteger(take: Take): (value: number) => void {
    const ranges = new RangeIndex(this.#ranges);
    const lists = this.#hasLists() ? this.#membership.values : undefined;
    const takeList = this.#fromLists(take);
    return (value) => {
      ranges.find(value, take);
      lists?.find(hashInteger(value), takeList);
    };
  }

  #compileAddress(take: Take): (address: Address) => void {
    const ranges = new RangeIndex(this.#ranges);
    const lists = this.#hasLists() ? this.#membership.addresses : undefined;
    const takeList = this.#fromLists(take);
    return (address) => {
      ranges.find(address, take);
      lists?.find(address, takeList);
    };
  }

  #hasLists(): boolean {
    return this.#lists.length > 0;
  }

  /** Takes lists for the rules that name them here. */
  #fromLists(take: Take): Take {
    const lists = this.#lists;
    const postings = this.#postings;
    return (list) => postings.each(lists[list] ?? 0, take);
  }
}

/** Over every value in the place, whichever element the rules mean. */
function walk<T>(
  operand: KeyPlace,
  readOne: (place: KeyPlace) => Reader<T>,
  readMany: (place: KeyPlace) => ArrayReader<T>,
  visit: (value: T) => void,
): Search {
  const place = { ...operand, index: undefined };
  if (place.field.type.shape === 'one') {
    const read = readOne(place);
    return (facts) => {
      const value = read(facts);
      if (value !== undefined) visit(value);
    };
  }
  const read = readMany(place);
  return (facts) => {
    const values = read(facts);
    if (values === undefined) return;
    for (let at = 0; at < values.length; at++) {
      const value = values[at];
      if (value !== undefined) visit(value);
    }
  };
}
