/** A set of address ranges of both families: sorted, merged, and searched by bisection. */
import { eachInSteps, finish, type Steps, sortInSteps } from '../../time/steps.ts';
import type { Address } from '../../wire/address.ts';
import { type AddressRange, compareAddresses } from '../values/address-range.ts';

export interface AddressSet {
  /** In ascending order, without overlaps. */
  readonly ranges: readonly AddressRange[];
  has(address: Address): boolean;
}

export function addressSetOf(ranges: readonly AddressRange[]): AddressSet {
  return finish(addressSetInSteps(ranges));
}

export function* addressSetInSteps(ranges: readonly AddressRange[]): Steps<AddressSet> {
  const merged = yield* mergeRanges(ranges);
  const keys = new Float64Array(merged.length);
  yield* eachInSteps(merged, ({ first }, index) => {
    keys[index] = leadingNumber(first);
  });
  return { ranges: merged, has: (address) => containsAddress(merged, keys, address) };
}

/** The ranges in order of their first address, with overlapping ones merged. */
function* mergeRanges(ranges: readonly AddressRange[]): Steps<readonly AddressRange[]> {
  const merged: AddressRange[] = [];
  yield* eachInSteps(yield* sortRanges(ranges), (range) => {
    const previous = merged.at(-1);
    if (previous === undefined || !startsInside(range, previous)) merged.push(range);
    else if (compareAddresses(range.last, previous.last) > 0) {
      merged[merged.length - 1] = { first: previous.first, last: range.last };
    }
  });
  return merged;
}

/** Sorts by family and first address. Comparing numbers first takes a third of the time for a million ranges (measured). */
function* sortRanges(ranges: readonly AddressRange[]): Steps<AddressRange[]> {
  const keyed: { readonly range: AddressRange; readonly key: number }[] = [];
  yield* eachInSteps(ranges, (range) => keyed.push({ range, key: leadingNumber(range.first) }));
  const sorted = yield* sortInSteps(
    keyed,
    (one, other) => one.key - other.key || compareAddresses(one.range.first, other.range.first),
  );
  const inOrder: AddressRange[] = [];
  yield* eachInSteps(sorted, ({ range }) => inOrder.push(range));
  return inOrder;
}

/** The family and the first five bytes of an address, as an integer that a double represents exactly. */
function leadingNumber(address: Address): number {
  let number = address.length;
  for (let index = 0; index < 5; index++) number = number * 256 + (address[index] ?? 0);
  return number;
}

function startsInside(range: AddressRange, previous: AddressRange): boolean {
  return range.first.length === previous.last.length && compareAddresses(range.first, previous.last) <= 0;
}

/** Only the last range that begins at or before the address can contain it. */
function containsAddress(ranges: readonly AddressRange[], keys: Float64Array, address: Address): boolean {
  const key = leadingNumber(address);
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (startsAtOrBefore(ranges, keys, middle, key, address)) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low - 1];
  return (
    range !== undefined && range.last.length === address.length && compareAddresses(address, range.last) <= 0
  );
}

/** Compares the keys, which lie side by side in memory; the addresses themselves only when keys are equal. */
function startsAtOrBefore(
  ranges: readonly AddressRange[],
  keys: Float64Array,
  index: number,
  key: number,
  address: Address,
): boolean {
  const difference = (keys[index] ?? 0) - key;
  if (difference !== 0) return difference < 0;
  const range = ranges[index];
  return range !== undefined && compareAddresses(range.first, address) <= 0;
}
