import { describe, expect, test } from 'vitest';
import { TokenBucket } from '../../src/time/token-bucket.ts';

function takeAll(bucket: TokenBucket, nowMs: number): number {
  let taken = 0;
  while (bucket.take(nowMs)) taken++;
  return taken;
}

describe('TokenBucket', () => {
  test('gives the burst at once, then the rate', () => {
    const bucket = new TokenBucket(1000, 50, 0);
    expect(takeAll(bucket, 0)).toBe(50);
    expect(takeAll(bucket, 10)).toBe(10);
    expect(takeAll(bucket, 10)).toBe(0);
    expect(takeAll(bucket, 60_000)).toBe(50);
  });

  test('saves up fractions', () => {
    const bucket = new TokenBucket(1, 1, 0);
    expect(bucket.take(0)).toBe(true);
    const taken = Array.from({ length: 30 }, (_, tenth) => bucket.take((tenth + 1) * 100)).filter(Boolean);
    expect(taken.length).toBeGreaterThanOrEqual(2);
    expect(taken.length).toBeLessThanOrEqual(3);
  });

  test('earns nothing twice when the time stands or goes back', () => {
    const bucket = new TokenBucket(1000, 10, 1000);
    expect(takeAll(bucket, 1000)).toBe(10);
    expect(takeAll(bucket, 1005)).toBe(5);
    expect(takeAll(bucket, 1000)).toBe(0);
    expect(takeAll(bucket, 1005)).toBe(0);
    expect(takeAll(bucket, 1006)).toBe(1);
  });
});
