/**
 * Finds all ranges around a number or an address: a segment tree over their sorted ends. Built in n log n time and space;
 * a search takes log n steps and one for each owner, however the ranges overlap.
 */
import { Postings, type Sink } from './postings.ts';
import { highOf, lowOf, type Point, pointOf, type Range, type RangeEnd, SortedPoints } from './range-ends.ts';

export interface OwnedRange extends Range {
  readonly owner: number;
}

export class RangeIndex {
  readonly #postings = new Postings();
  readonly #ends: SortedPoints;
  /** Codes of owners: a binary tree in an array, as heaps are. Leaf 2i is end i itself, leaf 2i+1 what is behind it. */
  readonly #nodes: Int32Array;
  readonly #leaves: number;

  constructor(ranges: readonly OwnedRange[]) {
    const points = ranges.map(({ first, last }) => ({ first: pointOf(first), last: pointOf(last) }));
    this.#ends = new SortedPoints(points.flatMap(({ first, last }) => [first, last]));
    this.#leaves = 2 * this.#ends.length;
    this.#nodes = new Int32Array(2 * this.#leaves);
    for (const [index, { first, last }] of points.entries()) {
      this.#own(this.#leafOf(first), this.#leafOf(last), ranges[index]?.owner ?? 0);
    }
  }

  /** Hands over the owner of every range around the value, possibly some more than once. */
  find(value: RangeEnd, sink: Sink): void {
    const high = highOf(value);
    const low = lowOf(value);
    const at = this.#ends.countUpTo(high, low) - 1;
    if (at < 0) return;
    const leaf = 2 * at + (this.#ends.has(at, high, low) ? 0 : 1);
    for (let node = leaf + this.#leaves; node > 0; node >>= 1) {
      const code = this.#nodes[node] ?? 0;
      if (code !== 0) this.#postings.pour(code, sink);
    }
  }

  /** Of equal ends the last one counts. */
  #leafOf({ high, low }: Point): number {
    return 2 * (this.#ends.countUpTo(high, low) - 1);
  }

  /** Marks the fewest nodes that together have the leaves from `first` to `last`. */
  #own(first: number, last: number, owner: number): void {
    let from = first + this.#leaves;
    let to = last + this.#leaves;
    for (; from <= to; from >>= 1, to >>= 1) {
      if (from & 1) this.#mark(from++, owner);
      if (!(to & 1)) this.#mark(to--, owner);
    }
  }

  #mark(node: number, owner: number): void {
    this.#nodes[node] = this.#postings.add(this.#nodes[node] ?? 0, owner);
  }
}
