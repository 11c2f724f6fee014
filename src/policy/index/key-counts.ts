/**
 * How likely it is that the facts have a key, as far as rules can tell: what many rules name is met often, and so is what
 * comes from a short range of things. Each rule is filed under what is least likely.
 */

import type { ValueList } from '../lists/value-list.ts';
import {
  highOf,
  lowOf,
  type Point,
  pointOf,
  type Range,
  SortedPoints,
  sortPoints,
} from '../lookup/range-ends.ts';
import type { Need } from './need.ts';
import { isAboutClient, nameOfPlace, type RuleKey } from './rule-key.ts';

/** Who a client is comes with each of its connections, and where they go is seldom the same. */
const CLIENT_FACTOR = 4;

export class KeyCounts {
  readonly #places = new Map<string, PlaceCounts>();

  count(given: Need<RuleKey>): void {
    if (given.kind === 'key') this.#placeOf(given.key).count(given.key);
    else for (const part of given.parts) this.count(part);
  }

  /** To be called when all are counted. Compares one key with another, and is nothing by itself. */
  likelihoodOf(key: RuleKey): number {
    return this.#placeOf(key).shareOf(key) * (isAboutClient(key.place) ? CLIENT_FACTOR : 1);
  }

  #placeOf(key: RuleKey): PlaceCounts {
    const name = nameOfPlace(key.place);
    const counts = this.#places.get(name) ?? new PlaceCounts();
    this.#places.set(name, counts);
    return counts;
  }
}

class PlaceCounts {
  readonly #values = new Tally<number>();
  readonly #lists = new Tally<ValueList>();
  readonly #grams = new Tally<number>();
  readonly #firsts: Point[] = [];
  #sorted: SortedPoints | undefined;

  count(key: RuleKey): void {
    switch (key.kind) {
      case 'values':
        for (const hash of key.hashes) this.#values.add(hash);
        break;
      case 'list':
        this.#lists.add(key.list);
        break;
      case 'gram':
        this.#grams.add(key.gram);
        break;
      case 'ranges':
        for (const { first } of key.ranges) this.#firsts.push(pointOf(first));
    }
  }

  /** Of all that rules name here, and that is of its kind. */
  shareOf(key: RuleKey): number {
    switch (key.kind) {
      case 'values':
        return sum(key.hashes.map((hash) => this.#values.shareOf(hash)));
      case 'list':
        return this.#lists.shareOf(key.list);
      case 'gram':
        // What it finds has yet to be searched, which takes longer than to compare.
        return 2 * this.#grams.shareOf(key.gram);
      case 'ranges':
        return sum(key.ranges.map((range) => this.#countBegun(range))) / this.#firsts.length;
    }
  }

  /** How much goes on inside the range: a wide one is hit often, whatever lies around a narrow one. */
  #countBegun({ first, last }: Range): number {
    this.#sorted ??= new SortedPoints(sortPoints(this.#firsts));
    const begun = this.#sorted.countUpTo(highOf(last), lowOf(last));
    return begun - this.#sorted.countBelow(highOf(first), lowOf(first));
  }
}

class Tally<K> {
  readonly #counts = new Map<K, number>();
  #all = 0;

  add(thing: K): void {
    this.#counts.set(thing, (this.#counts.get(thing) ?? 0) + 1);
    this.#all++;
  }

  shareOf(thing: K): number {
    return (this.#counts.get(thing) ?? 0) / this.#all;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}
