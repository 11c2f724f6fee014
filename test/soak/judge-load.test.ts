import { describe, expect, test } from 'vitest';
import type { Disturbance } from '../../netns-tests/soak/disturbance.ts';
import { type Attempt, judgeLoad } from '../../netns-tests/soak/judge-load.ts';

const DOWN: Disturbance = { fault: 'down', effects: ['connect'], from: 10_000, to: 20_000, isCalm: true };
const DEAF: Disturbance = { fault: 'deaf', effects: ['names'], from: 40_000, to: 50_000, isCalm: true };

function attempt(kind: string, from: number, to: number, failure?: string): Attempt {
  return { kind, from, to, ...(failure === undefined ? {} : { failure }) };
}

describe('judgeLoad()', () => {
  test('judgeLoad() counts by kind', () => {
    const attempts = [attempt('ping', 0, 1), attempt('upload', 0, 9), attempt('ping', 2, 3)];
    expect(judgeLoad(attempts, [], 0)).toEqual([
      { kind: 'ping', worked: 2, excused: 0, failures: [] },
      { kind: 'upload', worked: 1, excused: 0, failures: [] },
    ]);
  });

  test('judgeLoad() excuses what had to do with a fault of its kind, and blames everything else', () => {
    const attempts = [
      attempt('ping', 9_000, 11_000, 'lost'),
      attempt('ping', 30_000, 31_000, 'lost'),
      attempt('ping', 41_000, 42_000, 'lost'),
    ];
    expect(judgeLoad(attempts, [DOWN, DEAF], 0)).toEqual([
      { kind: 'ping', worked: 0, excused: 1, failures: ['30.0 s: lost', '41.0 s: lost'] },
    ]);
  });

  test('judgeLoad() excuses fresh names by a dead upstream, and by a way out that is lost', () => {
    const attempts = [12_000, 41_000, 70_000].map((at) => attempt('fresh name', at, at + 9, 'SERVFAIL'));
    expect(judgeLoad(attempts, [DOWN, DEAF], 0)).toMatchObject([
      { excused: 2, failures: ['70.0 s: SERVFAIL'] },
    ]);
  });
});
