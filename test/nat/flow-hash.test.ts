import { describe, expect, test } from 'vitest';
import { finishHash, hashWords, mix } from '../../src/nat/flow-hash.ts';

describe('finishHash', () => {
  test('is a whole number of 32 signed bits', () => {
    for (const hash of [0, -1, 1, 0x7fff_ffff, -0x8000_0000]) {
      const finished = finishHash(hash);
      expect(finished | 0).toBe(finished);
    }
  });

  test('FL-03 spreads keys that differ in a port only evenly over the low bits', () => {
    const words = Uint32Array.of(0, 0, 0, 0x0a40_0002, 0, 0, 0, 0x6450_0102);
    const buckets = new Uint32Array(256);
    for (let port = 1024; port < 1024 + 51_200; port++) {
      const bucket = finishHash(mix(mix(hashWords(12_345, words, 0, 8), (port << 16) | 443), 6)) & 255;
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    // 200 expected in each; chi-square of 255 degrees of freedom is below 330 but once in a thousand.
    const chiSquare = buckets.reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0);
    expect(chiSquare).toBeLessThan(330);
  });

  test('FL-03 depends on the seed, so that collisions under one are none under another', () => {
    const words = new Uint32Array(2);
    const lowBits = (seed: number, key: number) => {
      words[0] = key;
      return finishHash(hashWords(seed, words, 0, 2)) & 0xfff;
    };
    const colliding = Array.from({ length: 400_000 }, (_, key) => key).filter((key) => lowBits(1, key) === 7);
    expect(colliding.length).toBeGreaterThan(50);
    expect(new Set(colliding.map((key) => lowBits(2, key))).size).toBeGreaterThan(colliding.length * 0.9);
  });
});

test('hashWords reads the words it is told to', () => {
  const words = Uint32Array.of(9, 1, 2, 3, 9);
  expect(hashWords(7, words, 1, 3)).toBe(hashWords(7, Uint32Array.of(1, 2, 3), 0, 3));
  expect(hashWords(7, words, 1, 3)).not.toBe(hashWords(7, words, 0, 3));
});
