import { describe, expect, test } from 'vitest';
import type { Disturbance } from '../../netns-tests/soak/disturbance.ts';
import { type Attempt, judgeLoad } from '../../netns-tests/soak/judge-load.ts';

const DOWN: Disturbance = {
  ...{ fault: 'down', effects: ['connect'], isCalm: true },
  ...{ from: 10_000, ended: 15_000, to: 20_000 },
};
const DEAF: Disturbance = {
  ...{ fault: 'deaf', effects: ['names'], isCalm: true },
  ...{ from: 40_000, ended: 45_000, to: 50_000 },
};
const SPAN = { from: 0, to: 80_000 };

function attempt(kind: string, from: number, to: number, failure?: string): Attempt {
  return { kind, from, to, ...(failure === undefined ? {} : { failure }) };
}

/** One of the kind that worked every second, but in some seconds. */
function working(kind: string, ...pauses: ReadonlyArray<readonly [number, number]>): Attempt[] {
  return Array.from({ length: 80 }, (_, second) => attempt(kind, second * 1000, second * 1000 + 100)).filter(
    ({ from }) => !pauses.some(([begin, end]) => from >= begin && from < end),
  );
}

function judge(kind: string, attempts: readonly Attempt[], disturbances: readonly Disturbance[] = []) {
  return judgeLoad(attempts, disturbances, SPAN).find((report) => report.kind === kind);
}

describe('judgeLoad()', () => {
  test('judgeLoad() counts by kind', () => {
    const attempts = [...working('ping'), ...working('datagram', [0, 40_000])];
    expect(judge('ping', attempts)).toMatchObject({ worked: 80, excused: 0, failures: [] });
    expect(judge('datagram', attempts)).toMatchObject({ worked: 40, longestPause: 40_100, failures: [] });
  });

  test('judgeLoad() excuses what had to do with a fault of its kind, and blames everything else', () => {
    const attempts = [
      ...working('ping'),
      attempt('ping', 9_000, 11_000, 'lost'),
      attempt('ping', 30_000, 31_000, 'lost'),
      attempt('ping', 41_000, 42_000, 'lost'),
    ];
    expect(judge('ping', attempts, [DOWN, DEAF])).toMatchObject({
      ...{ worked: 80, excused: 1, failures: ['30.0 s: lost', '41.0 s: lost'] },
    });
  });

  test('judgeLoad() excuses fresh names by a dead upstream, and by a way out that is lost', () => {
    const failed = [12_000, 41_000, 70_000].map((at) => attempt('fresh name', at, at + 9, 'SERVFAIL'));
    expect(judge('fresh name', [...working('fresh name'), ...failed], [DOWN, DEAF])).toMatchObject({
      ...{ excused: 2, failures: ['70.0 s: SERVFAIL'] },
    });
  });

  test('judgeLoad() blames a load that was never there, of every kind', () => {
    for (const { kind, failures } of judgeLoad([], [], SPAN))
      expect([kind, failures[0]]).toEqual([kind, 'none has worked']);
    expect(judgeLoad([], [], SPAN)).toHaveLength(7);
  });

  test('judgeLoad() blames a load that stops, in the midst or for good, whatever a fault excuses', () => {
    const always: Disturbance = { ...DOWN, from: 0, ended: 80_000, to: 80_000 };
    for (const pause of [[20_000, 70_000] as const, [30_000, 80_000] as const, [0, 50_000] as const])
      expect(judge('short connection', working('short connection', pause), [always])?.failures).toEqual([
        expect.stringMatching(/^none has worked for 5[01] s$/),
      ]);
  });
});
