import { describe, expect, test } from 'vitest';
import { judgeMemory, type MemorySample } from '../../netns-tests/soak/judge-memory.ts';

const MB = 1_000_000;

function samples(rss: (index: number) => number, count = 300): MemorySample[] {
  return Array.from({ length: count }, (_, index) => ({
    at: index * 5_000,
    rss: rss(index),
    heapUsed: 30 * MB,
    external: 9 * MB,
    descriptors: 40,
    flows: 100,
  }));
}

function isFlat(rss: (index: number) => number): boolean | undefined {
  return judgeMemory(samples(rss)).find(({ measure }) => measure === 'rss')?.isFlat;
}

describe('judgeMemory()', () => {
  test('judgeMemory() lets the first third grow, and a heap go up and down', () => {
    expect(isFlat((index) => Math.min(200 * MB, (100 + index) * MB))).toBe(true);
    expect(isFlat((index) => (200 + 40 * Math.sin(index)) * MB)).toBe(true);
    // As seen: collected after 14 minutes, and in the last third after 4.
    expect(isFlat((index) => (250 + ((index + (index > 200 ? 100 : 0)) % 170)) * MB)).toBe(true);
  });

  test('judgeMemory() finds a leak of 1 KiB for each of 20 flows a second in 30 minutes (FL-37)', () => {
    expect(isFlat((index) => 200 * MB + index * 5 * 20 * 1024)).toBe(true);
    expect(isFlat((index) => 100 * MB + index * 6 * 20 * 1024)).toBe(false);
  });

  test('judgeMemory() counts descriptors', () => {
    const leaking = samples(() => MB).map((sample, index) => ({ ...sample, descriptors: 40 + index / 10 }));
    expect(judgeMemory(leaking).find(({ measure }) => measure === 'descriptors')?.isFlat).toBe(false);
  });

  test('judgeMemory() refuses to judge less than three samples', () => {
    expect(() => judgeMemory(samples(() => MB, 2))).toThrow('Cannot judge memory: 2 samples');
  });
});
