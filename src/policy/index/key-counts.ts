/**
 * Selectivity estimates: how likely the facts are to have a key, estimated from the rules themselves. A key is taken to be
 * common if many rules name it or if there are few distinct keys. Each rule is filed under its least likely key.
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

/** Facts about a client are the same in all of its connections, so they select less than facts about the destination. */
const CLIENT_FACTOR = 4;

export class KeyCounts {
  readonly #places = new Map<string, PlaceCounts>();

  count(given: Need<RuleKey>): void {
    if (given.kind === 'key') this.#placeOf(given.key).count(given.key);
    else for (const part of given.parts) this.count(part);
  }

  /** An estimate without a unit, for comparison with other keys. Call it only after all keys have been counted. */
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

  /** The key's share, 0 to 1, of all keys of its kind that rules name in this place. */
  shareOf(key: RuleKey): number {
    switch (key.kind) {
      case 'values':
        return sum(key.hashes.map((hash) => this.#values.shareOf(hash)));
      case 'list':
        return this.#lists.shareOf(key.list);
      case 'gram':
        // Weighted, because evaluating such a rule means searching a text, which costs more than a comparison.
        return 2 * this.#grams.shareOf(key.gram);
      case 'ranges':
        return sum(key.ranges.map((range) => this.#countBeginning(range))) / this.#firsts.length;
    }
  }

  /** Counts the ranges that begin inside this one: a measure of its width in terms of what the rules distinguish. */
  #countBeginning({ first, last }: Range): number {
    this.#sorted ??= new SortedPoints(sortPoints(this.#firsts));
    const begun = this.#sorted.countUpTo(highOf(last), lowOf(last));
    return begun - this.#sorted.countBelow(highOf(first), lowOf(first));
  }
}

class Tally<K> {
  readonly #counts = new Map<K, number>();
  #total = 0;

  add(key: K): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    this.#total++;
  }

  shareOf(key: K): number {
    return (this.#counts.get(key) ?? 0) / this.#total;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
