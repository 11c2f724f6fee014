import { describe, expect, test } from 'vitest';
import { judgeMemory, type MemorySample } from '../../netns-tests/soak/judge-memory.ts';

const MB = 1_000_000;
const FLOWS_A_SECOND = 300;

function samples(rss: (index: number) => number, count = 300): MemorySample[] {
  return Array.from({ length: count }, (_, index) => ({
    at: index * 5_000,
    rss: rss(index),
    heapUsed: 30 * MB,
    dnsCache: 2 * MB,
    external: 9 * MB,
    threadHeaps: 25 * MB,
    handles: 30,
    descriptors: 40,
    flows: 100,
    opened: index * 5 * FLOWS_A_SECOND,
  }));
}

/** The measures that are not flat when samples are changed. */
function growing(change: (sample: MemorySample, index: number) => Partial<MemorySample>): string[] {
  const changed = samples(() => 250 * MB).map((sample, index) => ({ ...sample, ...change(sample, index) }));
  return judgeMemory(changed).flatMap(({ measure, isFlat }) => (isFlat ? [] : [measure]));
}

function isFlat(rss: (index: number) => number): boolean | undefined {
  return judgeMemory(samples(rss)).find(({ measure }) => measure === 'rss')?.isFlat;
}

describe('judgeMemory()', () => {
  test('judgeMemory() lets the first third grow, and memory go up and down', () => {
    expect(isFlat((index) => Math.min(200 * MB, (100 + index) * MB))).toBe(true);
    expect(isFlat((index) => (200 + 40 * Math.sin(index)) * MB)).toBe(true);
  });

  test('judgeMemory() finds a leak of 1 KiB for each of 20 flows a second in 30 minutes (FL-37)', () => {
    expect(isFlat((index) => 250 * MB + index * 5 * 20 * 1024)).toBe(true);
    expect(isFlat((index) => 200 * MB + index * 5 * 20 * 1024)).toBe(false);
  });

  test('judgeMemory() finds 20 bytes for each flow in any heap, and 80 in what no heap has', () => {
    const leak = (bytes: number, { opened }: MemorySample) => bytes * opened;
    expect(growing(() => ({}))).toEqual([]);
    expect(growing((sample) => ({ threadHeaps: 25 * MB + leak(20, sample) }))).toEqual(['threadHeaps']);
    expect(growing((sample) => ({ heapUsed: 30 * MB + leak(20, sample) }))).toEqual(['heap']);
    expect(growing((sample) => ({ external: 9 * MB + leak(20, sample) }))).toEqual(['external']);
    expect(growing((sample) => ({ rss: 250 * MB + leak(80, sample) }))).toEqual(['rss']);
  });

  test('judgeMemory() finds a leak under what comes and goes', () => {
    const passing = (index: number) => (index % 5) * MB;
    expect(growing((_, index) => ({ threadHeaps: 25 * MB + passing(index) }))).toEqual([]);
    const leaking = (index: number) => 25 * MB + passing(index) + index * 5 * FLOWS_A_SECOND * 30;
    expect(growing((_, index) => ({ threadHeaps: leaking(index) }))).toEqual(['threadHeaps']);
  });

  test('judgeMemory() lets the DNS cache fill, and blames a heap that grows with it and more', () => {
    const cached = (index: number) => 2 * MB + index * 10_000;
    expect(growing((_, index) => ({ heapUsed: 30 * MB + index * 30_000 }))).toEqual(['heap']);
    const filling = (index: number) => ({ heapUsed: 28 * MB + cached(index), dnsCache: cached(index) });
    expect(growing((_, index) => filling(index))).toEqual([]);
    const leaking = (index: number) => ({ ...filling(index), heapUsed: 28 * MB + 4 * cached(index) });
    expect(growing((_, index) => leaking(index))).toEqual(['heap']);
  });

  test('judgeMemory() finds a descriptor or a handle lost with every tenth reload, and lets single ones come and go', () => {
    // Some ten faults reload a dozen times each.
    const lost = (index: number) => Math.floor((index / 300) * 12);
    expect(growing((_, index) => ({ descriptors: 40 + 2 * lost(index) }))).toEqual(['descriptors']);
    expect(growing((_, index) => ({ handles: 30 + 2 * lost(index) }))).toEqual(['handles']);
    expect(
      growing((_, index) => ({ descriptors: 40 + (index % 7) * 10, handles: 30 + (index % 5) })),
    ).toEqual([]);
  });

  test('judgeMemory() says what is allowed, and how large a leak of a flow must be to be seen', () => {
    const rss = judgeMemory(samples(() => 250 * MB)).find(({ measure }) => measure === 'rss');
    expect(rss).toMatchObject({
      second: 250 * MB,
      third: 250 * MB,
      allowed: 260 * MB + 2 ** 20,
      isFlat: true,
    });
    expect(rss?.seenFrom).toBeCloseTo(11_048_576 / (100 * 5 * FLOWS_A_SECOND));
  });

  test('judgeMemory() refuses to judge less than three samples', () => {
    expect(() => judgeMemory(samples(() => MB, 2))).toThrow('Cannot judge memory: 2 samples');
  });
});
