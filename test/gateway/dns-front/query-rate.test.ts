import { describe, expect, test } from 'vitest';
import { QueryRate } from '../../../src/gateway/dns-front/query-rate.ts';

/** Whether the rate is high after a number of queries at each time. */
function isHighAfter(...arrivals: ReadonlyArray<readonly [atMs: number, queries: number]>): boolean {
  const rate = new QueryRate();
  for (const [atMs, queries] of arrivals) rate.count(queries, atMs);
  return rate.isHigh;
}

describe('QueryRate', () => {
  test.each([
    ['before anything has come', false, []],
    ['within the first span', false, [[1000, 5000]]],
    [
      'after a span of 200',
      true,
      [
        [1000, 150],
        [1009, 50],
        [1010, 1],
      ],
    ],
    [
      'after a span of 199',
      false,
      [
        [1000, 150],
        [1009, 49],
        [1010, 1],
      ],
    ],
    [
      'as long as the next span lasts',
      true,
      [
        [1000, 200],
        [1010, 1],
        [1019, 1],
      ],
    ],
    [
      'after a span of few',
      false,
      [
        [1000, 200],
        [1010, 1],
        [1020, 1],
      ],
    ],
    [
      'after a pause',
      false,
      [
        [1000, 200],
        [1020, 200],
      ],
    ],
    [
      'at fractions of a millisecond',
      true,
      [
        [1000.2, 200],
        [1010.1, 1],
      ],
    ],
  ] as const)('is right %s', (_moment, isHigh, arrivals) => {
    expect(isHighAfter(...arrivals)).toBe(isHigh);
  });
});
