/**
 * Finds all ranges around a number or an address: a segment tree over their sorted ends. Built in n log n time and space;
 * a search takes log n steps and one for each owner, however the ranges overlap.
 */
import { Postings, PostingsBuilder, type PostingsTables, type Sink } from './postings.ts';
import {
  highOf,
  lowOf,
  type Point,
  type PointTables,
  pointOf,
  type Range,
  type RangeEnd,
  SortedPoints,
  sortPoints,
  withoutTwins,
} from './range-ends.ts';

export interface OwnedRange extends Range {
  readonly owner: number;
}

export function indexRanges(ranges: readonly OwnedRange[]): RangeIndex {
  const points = ranges.map(({ first, last }) => ({ first: pointOf(first), last: pointOf(last) }));
  const ends = new SortedPoints(withoutTwins(sortPoints(points.flatMap(({ first, last }) => [first, last]))));
  const tree = new TreeBuilder(2 * ends.length);
  // Leaf 2i is end i itself, leaf 2i+1 what is behind it.
  const leafOf = ({ high, low }: Point) => 2 * (ends.countUpTo(high, low) - 1);
  for (const [index, { first, last }] of points.entries()) {
    tree.own(leafOf(first), leafOf(last), ranges[index]?.owner ?? 0);
  }
  return new RangeIndex({ ...ends.tables, ...tree.build() });
}

/** A binary tree in an array, as heaps are: the parent of node n is n/2, node 1 is the root, the leaves come last. */
class TreeBuilder {
  readonly #postings = new PostingsBuilder();
  readonly #codes: Int32Array;
  readonly #leaves: number;

  constructor(leaves: number) {
    this.#leaves = leaves;
    this.#codes = new Int32Array(2 * leaves);
  }

  /** Marks the fewest nodes that together have the leaves from `first` to `last`. */
  own(first: number, last: number, owner: number): void {
    let from = first + this.#leaves;
    let to = last + this.#leaves;
    for (; from <= to; from >>= 1, to >>= 1) {
      if (from & 1) this.#mark(from++, owner);
      if (!(to & 1)) this.#mark(to--, owner);
    }
  }

  build(): TreeTables {
    const owned = new Int32Array(this.#codes.length);
    for (let node = 1; node < owned.length; node++) {
      owned[node] = this.#codes[node] === 0 ? (owned[node >> 1] ?? 0) : node;
    }
    return { ...this.#postings.build().tables, codes: this.#codes, owned };
  }

  #mark(node: number, owner: number): void {
    this.#codes[node] = this.#postings.add(this.#codes[node] ?? 0, owner);
  }
}

interface TreeTables extends PostingsTables {
  /** Codes of owners by node. */
  readonly codes: Int32Array;
  /** For each node the nearest that has owners, from itself upwards; 0 for none. */
  readonly owned: Int32Array;
}

export type RangeTables = PointTables & TreeTables;

export class RangeIndex {
  readonly #ends: SortedPoints;
  readonly #postings: Postings;
  readonly #codes: Int32Array;
  readonly #owned: Int32Array;

  constructor(tables: RangeTables) {
    this.#ends = new SortedPoints(tables);
    this.#postings = new Postings(tables);
    this.#codes = tables.codes;
    this.#owned = tables.owned;
  }

  get tables(): RangeTables {
    const { tables } = this.#postings;
    return { ...this.#ends.tables, ...tables, codes: this.#codes, owned: this.#owned };
  }

  /** Hands over the owner of every range around the value, possibly some more than once. */
  find(value: RangeEnd, sink: Sink): void {
    const high = highOf(value);
    const low = lowOf(value);
    const at = this.#ends.countUpTo(high, low) - 1;
    if (at < 0) return;
    const leaf = 2 * at + (this.#ends.has(at, high, low) ? 0 : 1);
    const owned = this.#owned;
    for (let node = owned[leaf + owned.length / 2] ?? 0; node > 0; node = owned[node >> 1] ?? 0) {
      this.#postings.pour(this.#codes[node] ?? 0, sink);
    }
  }
}
