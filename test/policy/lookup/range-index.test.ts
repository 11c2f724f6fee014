import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indexRangesInSteps, type RangeIndex } from '../../../src/policy/lookup/range-index.ts';
import { compareAddresses } from '../../../src/policy/values/address-range.ts';
import { finish } from '../../../src/time/steps.ts';
import { parseAddress } from '../../../src/wire/address.ts';

function ownersOf(index: RangeIndex, value: number | Uint8Array): readonly number[] {
  const found = new Set<number>();
  index.find(value, { add: (owner) => found.add(owner) });
  return [...found].toSorted((one, other) => one - other);
}

test('RangeIndex.find finds exactly the ranges around a number, however they overlap', () => {
  const ends = fc.oneof(fc.integer({ min: -6, max: 30 }), fc.constantFrom(-Infinity, Infinity, 2 ** 53));
  const pairs = fc.array(fc.tuple(ends, ends), { maxLength: 40 });
  fc.assert(
    fc.property(pairs, fc.integer({ min: -8, max: 32 }), (given, value) => {
      const ranges = given.map(([one, other], owner) => {
        return { first: Math.min(one, other), last: Math.max(one, other), owner };
      });
      const expected = ranges.filter(({ first, last }) => first <= value && value <= last);
      expect(ownersOf(finish(indexRangesInSteps(ranges)), value)).toEqual(expected.map(({ owner }) => owner));
    }),
  );
});

test('RangeIndex.find keeps the families of addresses apart, and tells neighbours by 96 bits', () => {
  const texts = [
    '0.0.0.0',
    '10.0.0.0',
    '10.0.0.255',
    '255.255.255.255',
    '::',
    '::a00:1:0:0',
    '2001:db8::',
    'ffff::',
  ];
  const addresses = texts.flatMap((text) => parseAddress(text) ?? []);
  expect(addresses).toHaveLength(texts.length);
  const address = fc.constantFrom(...addresses);
  fc.assert(
    fc.property(fc.array(fc.tuple(address, address), { maxLength: 20 }), address, (given, value) => {
      const ranges = given.flatMap(([one, other], owner) => {
        if (one.length !== other.length) return [];
        const [first, last] = compareAddresses(one, other) <= 0 ? [one, other] : [other, one];
        return [{ first, last, owner }];
      });
      const expected = ranges.filter(
        ({ first, last }) =>
          value.length === first.length &&
          compareAddresses(first, value) <= 0 &&
          compareAddresses(value, last) <= 0,
      );
      expect(ownersOf(finish(indexRangesInSteps(ranges)), value)).toEqual(expected.map(({ owner }) => owner));
    }),
  );
});
