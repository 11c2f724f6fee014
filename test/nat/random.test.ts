import { expect, test } from 'vitest';
import { createSecureRandom } from '../../src/nat/random.ts';

test('createSecureRandom stays below its bound and reaches every value', () => {
  const random = createSecureRandom();
  for (const bound of [1, 2, 3, 10]) {
    const seen = new Set(Array.from({ length: 500 }, () => random(bound)));
    expect([...seen].sort((one, other) => one - other)).toEqual(
      Array.from({ length: bound }, (_, value) => value),
    );
  }
});

test('createSecureRandom takes bounds of up to 2^32', () => {
  const random = createSecureRandom();
  const draws = Array.from({ length: 5000 }, () => random(0x1_0000_0000));
  expect(draws.every((draw) => Number.isInteger(draw) && draw >= 0 && draw < 0x1_0000_0000)).toBe(true);
  expect(draws.some((draw) => draw >= 0x8000_0000)).toBe(true);
  expect(new Set(draws).size).toBeGreaterThan(4990);
});

test('createSecureRandom does not prefer small values where the bound does not divide 2^32', () => {
  const random = createSecureRandom();
  const bound = 0xc000_0000; // without rejection the lower third would come up half the time
  const low = Array.from({ length: 6000 }, () => random(bound)).filter((draw) => draw < 0x4000_0000).length;
  expect(low).toBeGreaterThan(1800);
  expect(low).toBeLessThan(2200);
});
