/**
 * Selectivity estimates: how likely the facts are to have a key, judged from the rules themselves. A key that many rules
 * name is common, and so is one of few distinct keys. Each rule is filed under its least likely key.
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

/** Facts about the client are the same in all of its connections, while their destinations differ. */
const CLIENT_FACTOR = 4;

export class KeyCounts {
  readonly #places = new Map<string, PlaceCounts>();

  count(given: Need<RuleKey>): void {
    if (given.kind === 'key') this.#placeOf(given.key).count(given.key);
    else for (const part of given.parts) this.count(part);
  }

  /** Call when all are counted. Only meaningful in comparison with other keys. */
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

  /** The key's share of all keys of its kind that rules name in this place. */
  shareOf(key: RuleKey): number {
    switch (key.kind) {
      case 'values':
        return sum(key.hashes.map((hash) => this.#values.shareOf(hash)));
      case 'list':
        return this.#lists.shareOf(key.list);
      case 'gram':
        // A rule found by a gram must still search the text, which takes longer than a comparison.
        return 2 * this.#grams.shareOf(key.gram);
      case 'ranges':
        return sum(key.ranges.map((range) => this.#countBegun(range))) / this.#firsts.length;
    }
  }

  /** How many ranges begin inside this one: a wide range is hit often, a narrow one seldom, whatever surrounds it. */
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
