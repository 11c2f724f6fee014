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
  return { fault: 'a fault', effects, from, to, isCalm: true };
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
    expect(report).toEqual({ name: 'bank', answered: 60, longestSilence: 1000, moves: 0, failures: [] });
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

  test('judgeCanary() excuses a silence by a fault that moves flows, for a flow that has where to go', () => {
    const events = answers([20_000, 30_000]);
    expect(failuresOf(events, [fault(19_500, 26_000, ['move'])])).toEqual([]);
    expect(failuresOf(events, [fault(19_500, 26_000, ['move'])], { mayMove: false })).toHaveLength(1);
  });

  test('judgeCanary() blames a reset unless a fault may move flows and this one has where to go', () => {
    const events = [...answers(), { at: 20_500, canary: 'bank', event: 'closed', life: 1 } as const];
    expect(failuresOf(events)).toHaveLength(1);
    expect(failuresOf(events, [fault(20_000, 22_000, ['move'])])).toEqual([]);
    expect(failuresOf(events, [fault(20_000, 22_000, ['move'])], { mayMove: false })).toHaveLength(1);
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
    expect(failuresOf(renewed)).toEqual([]);
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
