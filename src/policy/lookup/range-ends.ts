/**
 * Integers and addresses as pairs of numbers with the same order, packed for fast search. The last 32 bits of an IPv6 address
 * are left out, so disjoint ranges may appear to overlap; that is harmless, since every rule found is evaluated anyway.
 */
import { eachInSteps, finish, type Steps, sortInSteps } from '../../time/steps.ts';
import type { Address } from '../../wire/address.ts';

export type RangeEnd = number | Address;

/** Both ends included: two integers, or two addresses of one family. */
export interface Range {
  readonly first: RangeEnd;
  readonly last: RangeEnd;
}

/** A range end as two numbers, ordered by `high` and then by `low`. */
export interface Point {
  readonly high: number;
  readonly low: number;
}

/** All IPv4 points are below all IPv6 points. */
export function pointOf(end: RangeEnd): Point {
  return { high: highOf(end), low: lowOf(end) };
}

/** Points in order, as parallel arrays. */
export interface PointTables {
  readonly highs: Float64Array;
  readonly lows: Float64Array;
}

export function sortPoints(points: readonly Point[]): PointTables {
  return finish(sortPointsInSteps(points));
}

export function* sortPointsInSteps(points: readonly Point[]): Steps<PointTables> {
  const sorted = yield* sortInSteps(points, (one, other) => one.high - other.high || one.low - other.low);
  const highs = new Float64Array(sorted.length);
  const lows = new Float64Array(sorted.length);
  yield* eachInSteps(sorted, ({ high, low }, at) => {
    highs[at] = high;
    lows[at] = low;
  });
  return { highs, lows };
}

/** Binary search over sorted points. */
export class SortedPoints {
  readonly #highs: Float64Array;
  readonly #lows: Float64Array;

  constructor({ highs, lows }: PointTables) {
    this.#highs = highs;
    this.#lows = lows;
  }

  get length(): number {
    return this.#highs.length;
  }

  /** Whether the point at index `at` equals the given one. */
  has(at: number, high: number, low: number): boolean {
    return this.#highs[at] === high && this.#lows[at] === low;
  }

  /** The number of points that are at most the given one. */
  countUpTo(high: number, low: number): number {
    return this.#count(high, low, true);
  }

  /** The number of points below the given one. */
  countBelow(high: number, low: number): number {
    return this.#count(high, low, false);
  }

  #count(high: number, low: number, withEqual: boolean): number {
    let from = 0;
    let to = this.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const difference = (this.#highs[middle] ?? 0) - high || (this.#lows[middle] ?? 0) - low;
      if (difference < 0 || (withEqual && difference === 0)) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

const IPV6 = 2 ** 48;

/** The integer, the IPv4 address, or the first 48 bits of an IPv6 address above all IPv4 addresses. */
export function highOf(end: RangeEnd): number {
  if (typeof end === 'number') return end;
  return end.length === 4 ? readNumber(end, 0, 4) : IPV6 + readNumber(end, 0, 6);
}

/** Bits 48 to 95 of an IPv6 address; 0 for anything else. */
export function lowOf(end: RangeEnd): number {
  return typeof end === 'number' || end.length === 4 ? 0 : readNumber(end, 6, 12);
}

function readNumber(bytes: Address, start: number, end: number): number {
  let number = 0;
  for (let at = start; at < end; at++) number = number * 256 + (bytes[at] ?? 0);
  return number;
}
