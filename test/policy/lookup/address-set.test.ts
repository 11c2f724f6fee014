import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressSetOf } from '../../../src/policy/lookup/address-set.ts';
import { type AddressRange, compareAddresses, readRange } from '../../../src/policy/values/address-range.ts';
import type { Address } from '../../../src/wire/address.ts';

/** Addresses of both families out of a small space, so that ranges meet. */
const addresses: fc.Arbitrary<Address> = fc
  .tuple(fc.boolean(), fc.nat(60))
  .map(([v6, last]) => Uint8Array.from([...Array(v6 ? 15 : 3).fill(0), last]));

const ranges: fc.Arbitrary<AddressRange> = fc
  .tuple(addresses, fc.nat(20))
  .map(([first, size]) => ({ first, last: first.with(-1, (first.at(-1) ?? 0) + size) }));

test('addressSetOf holds exactly the addresses of its ranges', () => {
  fc.assert(
    fc.property(fc.array(ranges, { maxLength: 8 }), addresses, (given, address) => {
      const inside = given.some(
        ({ first, last }) =>
          first.length === address.length &&
          compareAddresses(first, address) <= 0 &&
          compareAddresses(address, last) <= 0,
      );
      expect(addressSetOf(given).has(address)).toBe(inside);
    }),
    { numRuns: 2000 },
  );
});

test('addressSetOf keeps a wide range around narrow ones', () => {
  const given = ['10.0.0.0/8', '10.1.0.0/16', '10.255.255.255/32', '9.0.0.1'].map(readRange);
  const set = addressSetOf(given.filter((range) => typeof range !== 'string'));
  expect(set.has(Uint8Array.of(10, 200, 0, 1))).toBe(true);
  expect(set.has(Uint8Array.of(11, 0, 0, 0))).toBe(false);
  expect(set.has(Uint8Array.of(9, 0, 0, 2))).toBe(false);
});

test('addressSetOf tells addresses apart that differ in their last bytes only, and ranges that cross many', () => {
  const byte = fc.constantFrom(0, 1, 2, 255);
  const spread = fc
    .tuple(byte, byte, byte)
    .map(([front, seventh, back]) =>
      Uint8Array.of(front, 0, 0, 0, 0, 0, seventh, 0, 0, 0, 0, 0, 0, 0, 0, back),
    );
  const crossing = fc
    .tuple(spread, spread)
    .map(([one, other]) => (compareAddresses(one, other) <= 0 ? [one, other] : [other, one]))
    .map(
      ([first, last]): AddressRange => ({
        first: first ?? new Uint8Array(16),
        last: last ?? new Uint8Array(16),
      }),
    );
  fc.assert(
    fc.property(fc.array(crossing, { maxLength: 10 }), spread, (given, address) => {
      const inside = given.some(
        ({ first, last }) => compareAddresses(first, address) <= 0 && compareAddresses(address, last) <= 0,
      );
      expect(addressSetOf(given).has(address)).toBe(inside);
    }),
    { numRuns: 2000 },
  );
});
