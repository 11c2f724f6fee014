import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyContains, PrefixWords } from '../../../../src/gateway/datapath/admission/prefix-words.ts';
import { maskAddress, prefixContains } from '../../../../src/wire/address.ts';
import { addressWords } from '../../../../src/wire/address-words.ts';
import { addressWords as wordsOfText } from '../../../support/address-text.ts';
import { prefixOf } from '../../../support/policy-fixture.ts';

/** A prefix, and an address that shares its first bits more often than not. */
const prefixAndAddress = fc.constantFrom(4, 16).chain((bytes) =>
  fc.record({
    address: fc.uint8Array({ minLength: bytes, maxLength: bytes }),
    length: fc.integer({ min: 0, max: bytes * 8 }),
    flip: fc.option(fc.nat({ max: bytes * 8 - 1 })),
  }),
);

describe('PrefixWords', () => {
  test('agrees with prefixContains for every prefix and address', () => {
    fc.assert(
      fc.property(prefixAndAddress, ({ address, length, flip }) => {
        const prefix = { address: maskAddress(address, length), length };
        const other = address.slice();
        if (flip !== null) other[flip >> 3] = (other[flip >> 3] ?? 0) ^ (0x80 >> (flip & 7));
        const words = new Uint32Array(8);
        words.set(addressWords(other), 3);
        expect(new PrefixWords(prefix).contains(words, 3)).toBe(prefixContains(prefix, other));
      }),
    );
  });
});

describe('anyContains', () => {
  test('keeps the families apart, whose words may look alike', () => {
    const all4 = [new PrefixWords(prefixOf('0.0.0.0/0'))];
    const all6 = [new PrefixWords(prefixOf('::/0'))];
    const words = wordsOfText('192.0.2.1');
    expect(anyContains(all4, 4, words, 0)).toBe(true);
    expect(anyContains(all6, 4, words, 0)).toBe(false);
    expect(anyContains(all4, 6, words, 0)).toBe(false);
    expect(anyContains([], 4, words, 0)).toBe(false);
    expect(anyContains([...all6, ...all4], 4, words, 0)).toBe(true);
  });
});
