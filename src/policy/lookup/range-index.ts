/**
 * A segment tree over sorted range ends: finds all ranges that contain an integer or an address. Building takes O(n log n) time
 * and space; a search takes O(log n) steps plus one per owner found, however the ranges overlap.
 */
import { eachInSteps, type Steps } from '../../time/steps.ts';
import { type Postings, PostingsBuilder, type Sink } from './postings.ts';
import {
  highOf,
  lowOf,
  type Point,
  pointOf,
  type Range,
  type RangeEnd,
  SortedPoints,
  sortPointsInSteps,
} from './range-ends.ts';

export interface OwnedRange extends Range {
  readonly owner: number;
}

export function* indexRangesInSteps(ranges: Iterable<OwnedRange>): Steps<RangeIndex> {
  const points: { readonly first: Point; readonly last: Point; readonly owner: number }[] = [];
  const both: Point[] = [];
  yield* eachInSteps(ranges, (range) => {
    const [first, last] = [pointOf(range.first), pointOf(range.last)];
    points.push({ first, last, owner: range.owner });
    both.push(first, last);
  });
  const ends = new SortedPoints(yield* sortPointsInSteps(both));
  const tree = new TreeBuilder(2 * ends.length);
  // Leaf 2i is end i itself, leaf 2i + 1 the gap after it. Of equal ends, the last one is used.
  const leafOf = ({ high, low }: Point) => 2 * (ends.countUpTo(high, low) - 1);
  yield* eachInSteps(points, ({ first, last, owner }) => tree.own(leafOf(first), leafOf(last), owner));
  return new RangeIndex(ends, yield* tree.build());
}

/** A binary tree in an array, laid out like a heap: the parent of node n is n / 2, node 1 is the root, the leaves come last. */
class TreeBuilder {
  readonly #postings = new PostingsBuilder();
  readonly #codes: Int32Array;
  readonly #leaves: number;

  constructor(leaves: number) {
    this.#leaves = leaves;
    this.#codes = new Int32Array(2 * leaves);
  }

  /** Adds the owner to the fewest nodes that together cover the leaves from `first` to `last`. */
  own(first: number, last: number, owner: number): void {
    let from = first + this.#leaves;
    let to = last + this.#leaves;
    for (; from <= to; from >>= 1, to >>= 1) {
      if (from & 1) this.#mark(from++, owner);
      if (!(to & 1)) this.#mark(to--, owner);
    }
  }

  *build(): Steps<Tree> {
    const owned = new Int32Array(this.#codes.length);
    yield* eachInSteps(this.#codes.keys(), (node) => {
      owned[node] = this.#codes[node] === 0 ? (owned[node >> 1] ?? 0) : node;
    });
    return { codes: this.#codes, owned, postings: this.#postings.build() };
  }

  #mark(node: number, owner: number): void {
    this.#codes[node] = this.#postings.add(this.#codes[node] ?? 0, owner);
  }
}

interface Tree {
  /** Posting codes by node. */
  readonly codes: Int32Array;
  /** For each node, the nearest of itself and its ancestors that has owners; 0 for none. */
  readonly owned: Int32Array;
  readonly postings: Postings;
}

export class RangeIndex {
  readonly #ends: SortedPoints;
  readonly #codes: Int32Array;
  readonly #owned: Int32Array;
  readonly #postings: Postings;

  constructor(ends: SortedPoints, { codes, owned, postings }: Tree) {
    this.#ends = ends;
    this.#codes = codes;
    this.#owned = owned;
    this.#postings = postings;
  }

  /** Passes the owner of every range that contains the value to `sink`, possibly more than once. */
  find(value: RangeEnd, sink: Sink): void {
    const high = highOf(value);
    const low = lowOf(value);
    const at = this.#ends.countUpTo(high, low) - 1;
    if (at < 0) return;
    const leaf = 2 * at + (this.#ends.has(at, high, low) ? 0 : 1);
    const owned = this.#owned;
    for (let node = owned[leaf + owned.length / 2] ?? 0; node > 0; node = owned[node >> 1] ?? 0) {
      this.#postings.emit(this.#codes[node] ?? 0, sink);
    }
  }
}
