import { describe, expect, test } from 'vitest';
import type { CanaryEvent, CanaryPlan } from '../../netns-tests/soak/canary-protocol.ts';
import type { Disturbance } from '../../netns-tests/soak/disturbance.ts';
import { judgeCanary } from '../../netns-tests/soak/judge-canaries.ts';

const PLAN: CanaryPlan = {
  name: 'bank',
  transport: 'tcp',
  host: 'bank.example.com',
  family: 4,
  sources: ['203.0.113.9'],
  mayMove: true,
};
const SPAN = { from: 0, to: 60_000 };
const SOURCE = '203.0.113.9 4000';

/** An answer each second but in some spans. */
function answers(...silences: ReadonlyArray<readonly [number, number]>): CanaryEvent[] {
  return Array.from({ length: 60 }, (_, second) => answer(second * 1000)).filter(
    ({ at }) => !silences.some(([from, to]) => at >= from && at < to),
  );
}

function answer(at: number, source = SOURCE, life = 1): CanaryEvent {
  return { at, canary: 'bank', event: 'answered', life, source };
}

function fault(from: number, to: number, effects: Disturbance['effects']): Disturbance {
  return { fault: 'a fault', effects, from, ended: to, to, isCalm: true };
}

function failuresOf(
  events: readonly CanaryEvent[],
  disturbances: readonly Disturbance[] = [],
  plan: Partial<CanaryPlan> = {},
): readonly string[] {
  return judgeCanary({ ...PLAN, ...plan }, events, disturbances, SPAN).failures;
}

describe('judgeCanary()', () => {
  test('judgeCanary() finds nothing wrong with an answer each second from one source', () => {
    const report = judgeCanary(PLAN, answers(), [], SPAN);
    expect(report).toEqual({
      ...{ name: 'bank', answered: 60, due: 60, longestSilence: 1000, longestExcused: 0, moves: 0 },
      failures: [],
    });
  });

  test('judgeCanary() blames a silence, also one that lasts to the end or from the beginning', () => {
    expect(failuresOf(answers([20_000, 30_000]))).toEqual(['19.0 s: silent for 11 s']);
    expect(failuresOf(answers([50_000, 60_000]))).toEqual(['49.0 s: silent for 11 s']);
    expect(failuresOf(answers([0, 10_000]))).toEqual(['0.0 s: silent for 10 s']);
    expect(failuresOf([])).toEqual(['0.0 s: silent for 60 s']);
  });

  test('judgeCanary() excuses a silence by a fault that silences, not by another or at another time', () => {
    const events = answers([20_000, 30_000]);
    expect(failuresOf(events, [fault(19_500, 26_000, ['silence'])])).toEqual([]);
    expect(failuresOf(events, [fault(19_500, 26_000, ['names'])])).toHaveLength(1);
    expect(failuresOf(events, [fault(40_000, 50_000, ['silence'])])).toHaveLength(1);
    expect(failuresOf(answers([20_000, 50_000]), [fault(19_500, 26_000, ['silence'])])).toHaveLength(1);
  });

  test('judgeCanary() blames a silence of 30 s after a fault of 4 s, although nothing is calm before it ends', () => {
    const down: Disturbance = { ...fault(20_000, 51_000, ['silence', 'move']), ended: 24_000 };
    expect(failuresOf(answers([20_000, 50_000]), [down])).toEqual(['19.0 s: silent for 31 s']);
    expect(failuresOf(answers([20_000, 37_000]), [down])).toEqual([]);
    expect(failuresOf(answers([20_000, 39_000]), [down])).toHaveLength(1);
  });

  test('judgeCanary() excuses no silence that began long before the fault', () => {
    expect(failuresOf(answers([15_000, 25_000]), [fault(20_000, 28_000, ['silence', 'move'])])).toHaveLength(
      1,
    );
  });

  test('judgeCanary() tells silences that a fault excuses from others', () => {
    const report = judgeCanary(PLAN, answers([20_000, 30_000]), [fault(19_500, 26_000, ['silence'])], SPAN);
    expect(report).toMatchObject({ answered: 50, due: 49, longestSilence: 1000, longestExcused: 11_000 });
  });

  test('judgeCanary() blames a flow that loses every other datagram and is never silent for long', () => {
    const every = (seconds: number) => answers().filter(({ at }) => at % (seconds * 1000) === 0);
    expect(failuresOf(every(2))).toEqual(['answered 30 times of 60']);
    expect(failuresOf(every(5))).toEqual(['answered 12 times of 60']);
    expect(failuresOf(answers().filter((_, index) => index % 15 !== 0))).toEqual([]);
  });

  test('judgeCanary() excuses a silence by a fault that moves flows, for a flow that has where to go', () => {
    const events = answers([20_000, 28_000]);
    expect(failuresOf(events, [fault(19_500, 26_000, ['move'])])).toEqual([]);
    expect(failuresOf(events, [fault(19_500, 26_000, ['move'])], { mayMove: false })).toHaveLength(1);
  });

  test('judgeCanary() blames a flow that waits for its address to come back, and does not move', () => {
    const lost = fault(20_000, 32_000, ['move']);
    expect(failuresOf(answers([20_000, 29_000]), [lost])).toEqual([]);
    expect(failuresOf(answers([20_000, 32_000]), [lost])).toEqual(['19.0 s: silent for 13 s']);
  });

  test('judgeCanary() blames a reset unless a fault may move flows and this one has where to go', () => {
    const events = [...answers(), { at: 20_500, canary: 'bank', event: 'closed', life: 1 } as const];
    expect(failuresOf(events)).toHaveLength(1);
    expect(failuresOf(events, [fault(20_000, 22_000, ['move'])])).toEqual([]);
    expect(failuresOf(events, [fault(20_000, 22_000, ['move'])], { mayMove: false })).toHaveLength(1);
    for (const effect of ['silence', 'names', 'connect'] as const)
      expect(failuresOf(events, [fault(20_000, 22_000, [effect])])).toHaveLength(1);
  });

  test('judgeCanary() blames a reset just before the fault, or after all was calm', () => {
    const events = [...answers(), { at: 20_500, canary: 'bank', event: 'closed', life: 1 } as const];
    expect(failuresOf(events, [fault(20_600, 25_000, ['move'])])).toHaveLength(1);
    expect(failuresOf(events, [fault(15_000, 20_400, ['move'])])).toHaveLength(1);
  });

  test('judgeCanary() looks at nothing that was before the beginning or after the end', () => {
    const closed = [-500, 60_500].map((at) => ({ at, canary: 'bank', event: 'closed', life: 1 }) as const);
    expect(failuresOf([...answers(), ...closed])).toEqual([]);
  });

  test('judgeCanary() blames a flow that comes from another port, but not one that was begun anew', () => {
    const moved = answers().map((event) =>
      event.at < 30_000 ? event : answer(event.at, '203.0.113.9 5000'),
    );
    expect(failuresOf(moved)).toEqual(['30.0 s: moved from 203.0.113.9 4000 to 203.0.113.9 5000']);
    const renewed = moved.map((event) => (event.at < 30_000 ? event : { ...event, life: 2 }));
    expect(failuresOf(renewed, [fault(25_000, 30_000, ['move'])])).toEqual([]);
  });

  test('judgeCanary() blames a flow that connects anew in secret, also from the same port', () => {
    const secret = answers().map((event) => (event.at < 30_000 ? event : { ...event, life: 2 }));
    expect(failuresOf(secret)).toEqual(['30.0 s: moved to a life that nobody asked for']);
    expect(failuresOf(secret, [fault(25_000, 30_000, ['move'])], { mayMove: false })).toHaveLength(1);
    expect(failuresOf(secret, [fault(25_000, 30_000, ['silence'])])).toHaveLength(1);
  });

  test('judgeCanary() blames one end once', () => {
    const closed = { at: 29_500, canary: 'bank', event: 'closed', life: 1 } as const;
    const again = answers().flatMap((event) =>
      event.at < 30_000 ? [event] : [...(event.at === 30_000 ? [closed] : []), { ...event, life: 2 }],
    );
    expect(failuresOf(again)).toEqual(['29.5 s: closed ']);
  });

  test('judgeCanary() blames a source that the rule does not name, fault or not', () => {
    const strange = answers().map((event) => answer(event.at, '198.51.100.1 4000'));
    expect(failuresOf(strange, [fault(0, 60_000, ['move', 'silence'])])).toHaveLength(60);
  });

  test('judgeCanary() blames an answer that is not the one that was due', () => {
    const broken = { at: 9, canary: 'bank', event: 'broken', life: 1, detail: '7 came after 5' } as const;
    expect(failuresOf([...answers(), broken])).toEqual(['0.0 s: 7 came after 5']);
  });
});
