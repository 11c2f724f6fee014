/**
 * Whether the long-lived flows lived. A canary ticks each second; it must be answered in order, from one source address
 * and port all its life, and never be closed. What a fault excuses is said by the fault.
 */
import type { CanaryEvent, CanaryPlan } from './canary-protocol.ts';
import { type Disturbance, type Effect, isExcused } from './disturbance.ts';

export interface CanaryReport {
  readonly name: string;
  readonly answered: number;
  /** Milliseconds. */
  readonly longestSilence: number;
  /** How often it began anew or changed its source. */
  readonly moves: number;
  readonly failures: readonly string[];
}

/** Chosen by us: on two loaded cores a tick may be late by some seconds with nothing wrong. */
const PATIENCE_MS = 6_000;

export function judgeCanary(
  plan: CanaryPlan,
  events: readonly CanaryEvent[],
  disturbances: readonly Disturbance[],
  { from, to }: { from: number; to: number },
): CanaryReport {
  // Before the beginning a canary may have been quicker than the server that it calls.
  const own = events.filter(({ canary, at }) => canary === plan.name && at >= from && at <= to);
  const answers = own.filter(({ event }) => event === 'answered');
  const gaps = findGaps([from, ...answers.map(({ at }) => at), to]);
  const breaks = [...own.filter(({ event }) => event === 'closed'), ...findSourceChanges(answers)];
  // A flow that moves is silent until it has been found out that it must.
  const silencing: readonly Effect[] = plan.mayMove ? ['silence', 'move'] : ['silence'];
  const failures = [
    ...gaps
      .filter((gap) => gap.to - gap.from > PATIENCE_MS)
      .filter((gap) => !silencing.some((effect) => isExcused(disturbances, effect, gap.from, gap.to)))
      .map((gap) => `${clock(gap.from, from)}: silent for ${Math.round((gap.to - gap.from) / 1000)} s`),
    ...breaks
      .filter(({ at }) => !(plan.mayMove && isExcused(disturbances, 'move', at, at)))
      .map(({ at, event, detail }) => `${clock(at, from)}: ${event} ${detail ?? ''}`),
    ...own.filter(({ event }) => event === 'broken').map(({ at, detail }) => `${clock(at, from)}: ${detail}`),
    ...answers
      .filter(({ source = '' }) => !plan.sources.some((start) => source.startsWith(start)))
      .map(({ at, source }) => `${clock(at, from)}: came from ${source}`),
  ];
  return {
    name: plan.name,
    answered: answers.length,
    longestSilence: Math.max(...gaps.map((gap) => gap.to - gap.from)),
    moves: breaks.length,
    failures,
  };
}

function findGaps(times: readonly number[]): Array<{ from: number; to: number }> {
  return times.slice(1).map((to, index) => ({ from: times[index] ?? to, to }));
}

/** Answers that show another source than the one before, unless the canary was closed or began anew in between. */
function findSourceChanges(answers: readonly CanaryEvent[]): CanaryEvent[] {
  return answers.flatMap((answer, index) => {
    const before = answers[index - 1];
    if (before === undefined || before.source === answer.source || before.life !== answer.life) return [];
    return [{ ...answer, event: 'moved' as const, detail: `from ${before.source} to ${answer.source}` }];
  });
}

function clock(at: number, from: number): string {
  return `${((at - from) / 1000).toFixed(1)} s`;
}
