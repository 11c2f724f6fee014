import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SharedAddresses } from '../../src/nat/shared-addresses.ts';

const FROM = 5;
const CAPACITY = 6;

/** Addresses that differ in one word only, zeros and ones among them. */
const ADDRESSES = [
  [0, 0, 0, 0],
  [0, 0, 0, 1],
  [0, 0, 1, 0],
  [0xffff_ffff, 0, 0, 1],
  [0x2001_0db8, 0, 0, 1],
  [0x2001_0db8, 0, 0, 2],
].map((words) => Uint32Array.from(words));

const action = fc.record({ hold: fc.boolean(), pick: fc.nat(100) });

describe('SharedAddresses', () => {
  test('keeps each address at one place from its first hold to its last release, and all places apart', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), fc.nat(0xffff_ffff), (actions, seed) => {
        const words = new Uint32Array(FROM + CAPACITY * 4);
        const shared = new SharedAddresses(words, FROM, CAPACITY, seed);
        const holds: { place: number; address: Uint32Array }[] = [];
        for (const { hold, pick } of actions) {
          const address = ADDRESSES[pick % ADDRESSES.length] ?? new Uint32Array(4);
          if (hold) holds.push({ place: shared.hold(address, 0), address });
          else for (const { place } of holds.splice(pick % (holds.length || 1), 1)) shared.release(place);
          const placeOf = new Map(holds.map((one) => [one.address, one.place]));
          for (const one of holds) {
            expect(one.place).toBe(placeOf.get(one.address));
            expect(words.subarray(one.place, one.place + 4)).toEqual(one.address);
          }
          expect(new Set(placeOf.values()).size).toBe(placeOf.size);
          expect(shared.size).toBe(placeOf.size);
        }
        expect(words.subarray(0, FROM).every((word) => word === 0)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('lets what was given back be read until the next hold', () => {
    const words = new Uint32Array(FROM + CAPACITY * 4);
    const shared = new SharedAddresses(words, FROM, CAPACITY, 1);
    const [, one = new Uint32Array(4), other = one] = ADDRESSES;
    const place = shared.hold(one, 0);
    shared.release(place);
    expect(words.subarray(place, place + 4)).toEqual(one);
    expect(shared.hold(other, 0)).toBe(place);
  });
});
