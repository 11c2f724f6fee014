import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applyDelta,
  extendDelta,
  fold,
  reverseDelta,
  sumBytes,
  sumPseudoHeader,
} from '../../src/wire/checksum.ts';
import { checksumOf, pseudoHeader } from '../support/internet-checksum.ts';

/** Words at which one's complement arithmetic has its two zeros and its carries. */
const CORNERS = [0, 1, 0xfffe, 0xffff, 0x8000, 0x7fff, 0x0001_0000, 0xffff_0000, 0xfffe_ffff, 0xffff_ffff];
const word32 = fc.oneof(fc.constantFrom(...CORNERS), fc.nat(0xffff_ffff));

test('fold agrees with the division by 0xffff for sums of up to 2^31', () => {
  fc.assert(
    fc.property(fc.oneof(word32, fc.constantFrom(0x7fff_ffff, 0x8000_0000)), (sum) => {
      expect(fold(sum)).toBe(sum === 0 ? 0 : sum % 0xffff || 0xffff);
    }),
    { numRuns: 10_000 },
  );
});

describe('sumBytes', () => {
  test('F13 agrees with the oracle at any offset and any length, odd ones included', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(9), (bytes, at) => {
        const padded = new Uint8Array(at + bytes.length + 3).fill(0xa5);
        padded.set(bytes, at);
        expect(0xffff - sumBytes(new DataView(padded.buffer), at, bytes.length)).toBe(checksumOf(bytes));
      }),
    );
  });

  test('F13 does not overflow over 64 KiB of ones', () => {
    const bytes = new Uint8Array(65_535).fill(0xff);
    expect(0xffff - sumBytes(new DataView(bytes.buffer), 0, bytes.length, 0xffff)).toBe(checksumOf(bytes));
  });

  test('adds to an initial sum', () => {
    const bytes = Uint8Array.of(0x12, 0x34, 0x56);
    expect(sumBytes(new DataView(bytes.buffer), 0, 3, 0xffff)).toBe(0x1234 + 0x5600);
    expect(sumBytes(new DataView(bytes.buffer), 0, 0, 0x4242)).toBe(0x4242);
  });
});

test.each([4, 16])('sumPseudoHeader agrees with the oracle for addresses of %i bytes', (size) => {
  const address = fc.uint8Array({ minLength: size, maxLength: size });
  fc.assert(
    fc.property(address, address, fc.nat(255), fc.nat(65_535), (source, destination, protocol, length) => {
      const words = new Uint8Array(32);
      words.set(source, 16 - size);
      words.set(destination, 32 - size);
      const view = new DataView(words.buffer);
      const addresses = Uint32Array.from({ length: 8 }, (_, word) => view.getUint32(word * 4));
      const sum = sumPseudoHeader(addresses, protocol, length);
      expect(0xffff - sum).toBe(checksumOf(pseudoHeader(source, destination, protocol, length)));
    }),
  );
});

describe('applyDelta', () => {
  /** A header as a sender fills it: some words, then its checksum over them. */
  const change = fc.record({
    words: fc.array(word32, { minLength: 1, maxLength: 10 }),
    after: fc.array(word32, { minLength: 1, maxLength: 10 }),
    fixed: fc.nat(0xffff),
  });

  /** Changes the first words as a rewrite would; before, after, and the delta of it. */
  function rewrite({ words, after, fixed }: { words: number[]; after: number[]; fixed: number }) {
    const changed = words.map((word, index) => after[index] ?? word);
    const delta = words.reduce((sum, word, index) => extendDelta(sum, word, changed[index] ?? 0), 0);
    return { before: toBytes(words, fixed), changed: toBytes(changed, fixed), delta };
  }

  function toBytes(words: readonly number[], fixed: number): Uint8Array {
    const view = new DataView(new ArrayBuffer(words.length * 4 + 2));
    words.forEach((word, index) => {
      view.setUint32(index * 4, word);
    });
    view.setUint16(words.length * 4, fixed);
    return new Uint8Array(view.buffer);
  }

  /** Equal, or the two zeros of one's complement, of which a receiver takes either. */
  function expectSameSum(one: number, other: number): void {
    expect(one % 0xffff).toBe(other % 0xffff);
  }

  test('F13 agrees with the whole recomputation, corners included (RFC 1624 equation 3)', () => {
    fc.assert(
      fc.property(change, (input) => {
        const { before, changed, delta } = rewrite(input);
        const repaired = applyDelta(checksumOf(before), delta);
        expectSameSum(repaired, checksumOf(changed));
        // Where any word of the header is not zero, as the version always is, there is one result only.
        if (changed.some((byte) => byte !== 0)) expect(repaired).toBe(checksumOf(changed));
      }),
      { numRuns: 20_000 },
    );
  });

  test('F13 keeps a wrong checksum exactly as wrong (row U16)', () => {
    fc.assert(
      fc.property(change, fc.nat(0xffff), (input, error) => {
        const { before, changed, delta } = rewrite(input);
        const wrong = (checksumOf(before) + error) % 0xffff;
        expectSameSum(applyDelta(wrong, delta), checksumOf(changed) + error);
      }),
    );
  });

  test('F13 with the reversed delta undoes the rewrite', () => {
    fc.assert(
      fc.property(change, (input) => {
        const { before, changed, delta } = rewrite(input);
        expectSameSum(applyDelta(checksumOf(changed), reverseDelta(delta)), checksumOf(before));
      }),
    );
  });

  test.each([
    // RFC 1624 section 4: the example that equation 2 of RFC 1141 gets wrong.
    { checksum: 0xdd2f, before: 0x5555, after: 0x3285, expected: 0x0000 },
    { checksum: 0x0000, before: 0x3285, after: 0x5555, expected: 0xdd2f },
    { checksum: 0xffff, before: 0x1234, after: 0x1234, expected: 0xffff },
  ])('F13 changes $checksum to $expected when $before becomes $after', (row) => {
    expectSameSum(applyDelta(row.checksum, extendDelta(0, row.before, row.after)), row.expected);
  });
});
