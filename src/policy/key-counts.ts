/** How many rules name a key, so that each rule is filed under one that few others share. */
import type { Need } from './need.ts';
import { highOf, lowOf, type Point, pointOf, type Range, SortedPoints } from './range-ends.ts';
import { nameOfPlace, type RuleKey } from './rule-key.ts';

export class KeyCounts {
  readonly #places = new Map<string, PlaceCounts>();

  count(given: Need<RuleKey>): void {
    if (given.kind === 'key') this.#placeOf(given.key).count(given.key);
    else for (const part of given.parts) this.count(part);
  }

  /** To be called when all are counted: the most rules that one value of the key's place may find by it. */
  costOf(key: RuleKey): number {
    return this.#placeOf(key).costOf(key);
  }

  #placeOf(key: RuleKey): PlaceCounts {
    const name = nameOfPlace(key.place);
    const counts = this.#places.get(name) ?? new PlaceCounts();
    this.#places.set(name, counts);
    return counts;
  }
}

class PlaceCounts {
  readonly #exact = new Map<unknown, number>();
  readonly #grams = new Map<number, number>();
  readonly #firsts: Point[] = [];
  #sorted: SortedPoints | undefined;

  count(key: RuleKey): void {
    switch (key.kind) {
      case 'texts':
        for (const text of key.texts) increment(this.#exact, text);
        break;
      case 'list':
        increment(this.#exact, key.list);
        break;
      case 'gram':
        increment(this.#grams, key.gram);
        break;
      case 'ranges':
        for (const { first } of key.ranges) this.#firsts.push(pointOf(first));
    }
  }

  costOf(key: RuleKey): number {
    switch (key.kind) {
      case 'texts':
        return largest(key.texts.map((text) => this.#exact.get(text) ?? 0));
      case 'list':
        return this.#exact.get(key.list) ?? 0;
      case 'gram':
        // What it finds has yet to be searched, which takes longer than to compare.
        return 2 * (this.#grams.get(key.gram) ?? 0);
      case 'ranges':
        return largest(key.ranges.map((range) => this.#countBegun(range)));
    }
  }

  /** How much goes on inside the range: a wide one is hit often, whatever lies around a narrow one. */
  #countBegun({ first, last }: Range): number {
    this.#sorted ??= new SortedPoints(this.#firsts);
    const begun = this.#sorted.countUpTo(highOf(last), lowOf(last));
    return begun - this.#sorted.countBelow(highOf(first), lowOf(first));
  }
}

function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function largest(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}
