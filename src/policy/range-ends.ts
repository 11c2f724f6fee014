/**
 * Integers and addresses as pairs of numbers in the same order, packed for fast search. Of an IPv6 address the last 32
 * bits are left out: ranges may seem to touch that do not, and what is found by them is tried anyway.
 */
import type { Address } from '../wire/address.ts';

export type RangeEnd = number | Address;

/** Both ends included; integers or addresses. */
export interface Range {
  readonly first: RangeEnd;
  readonly last: RangeEnd;
}

export interface Point {
  readonly high: number;
  readonly low: number;
}

/** IPv4 below IPv6, with nothing of one between two of the other. */
export function pointOf(end: RangeEnd): Point {
  return { high: highOf(end), low: lowOf(end) };
}

/** Points in order, as parallel arrays. */
export interface PointTables {
  readonly highs: Float64Array;
  readonly lows: Float64Array;
}

export function sortPoints(points: readonly Point[]): PointTables {
  const sorted = points.toSorted((one, other) => one.high - other.high || one.low - other.low);
  return {
    highs: Float64Array.from(sorted, ({ high }) => high),
    lows: Float64Array.from(sorted, ({ low }) => low),
  };
}

/** The same points, each once. */
export function withoutTwins({ highs, lows }: PointTables): PointTables {
  const isFirst = (at: number) => at === 0 || highs[at] !== highs[at - 1] || lows[at] !== lows[at - 1];
  return {
    highs: highs.filter((_, at) => isFirst(at)),
    lows: lows.filter((_, at) => isFirst(at)),
  };
}

export class SortedPoints {
  readonly #highs: Float64Array;
  readonly #lows: Float64Array;

  constructor({ highs, lows }: PointTables) {
    this.#highs = highs;
    this.#lows = lows;
  }

  get tables(): PointTables {
    return { highs: this.#highs, lows: this.#lows };
  }

  get length(): number {
    return this.#highs.length;
  }

  has(at: number, high: number, low: number): boolean {
    return this.#highs[at] === high && this.#lows[at] === low;
  }

  /** How many points are not above this one. */
  countUpTo(high: number, low: number): number {
    return this.#count(high, low, true);
  }

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

export function highOf(end: RangeEnd): number {
  if (typeof end === 'number') return end;
  return end.length === 4 ? readNumber(end, 0, 4) : IPV6 + readNumber(end, 0, 6);
}

export function lowOf(end: RangeEnd): number {
  return typeof end === 'number' || end.length === 4 ? 0 : readNumber(end, 6, 12);
}

function readNumber(bytes: Address, start: number, end: number): number {
  let number = 0;
  for (let at = start; at < end; at++) number = number * 256 + (bytes[at] ?? 0);
  return number;
}
