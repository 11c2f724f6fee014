/**
 * Whether the long-lived flows lived. A canary ticks each second; it must be answered in order, from one source address
 * and port all its life, and never be closed. What a fault excuses is said by the fault.
 */
import type { CanaryEvent, CanaryPlan } from './canary-protocol.ts';
import { type Disturbance, excusesFailOver, excusesMove, excusesSilence, type Span } from './disturbance.ts';

export interface CanaryReport {
  readonly name: string;
  readonly answered: number;
  /** How many answers there would be with none lost, but for those in long silences, which are judged by themselves. */
  readonly due: number;
  /** Milliseconds: the longest silence that no fault excuses, and the longest one that a fault does. */
  readonly longestSilence: number;
  readonly longestExcused: number;
  /** How often it was closed or changed its source. */
  readonly moves: number;
  readonly failures: readonly string[];
}

const TICK_MS = 1_000;
/** Chosen by us: on two loaded cores a tick may be late by some seconds with nothing wrong. */
export const PATIENCE_MS = 6_000;
/** Of what is due: a flow that loses every other datagram is never silent for long. */
export const LEAST_ANSWERED = 0.9;

export function judgeCanary(
  plan: CanaryPlan,
  events: readonly CanaryEvent[],
  disturbances: readonly Disturbance[],
  { from, to }: Span,
): CanaryReport {
  // Before the beginning a canary may have been quicker than the server that it calls.
  const own = events.filter(({ canary, at }) => canary === plan.name && at >= from && at <= to);
  const answers = own.filter(({ event }) => event === 'answered');
  const gaps = findGaps([from, ...answers.map(({ at }) => at), to]);
  const long = gaps.filter((gap) => lengthOf(gap) > PATIENCE_MS);
  // A flow that moves is silent until it has been found out that it must.
  const excused = long.filter(
    (gap) => excusesSilence(disturbances, gap) || (plan.mayMove && excusesFailOver(disturbances, gap)),
  );
  const breaks = [...own.filter(({ event }) => event === 'closed'), ...findSourceChanges(answers)];
  const due = (to - from - long.reduce((sum, gap) => sum + lengthOf(gap), 0)) / TICK_MS;
  const failures = [
    ...long
      .filter((gap) => !excused.includes(gap))
      .map((gap) => `${clock(gap.from, from)}: silent for ${Math.round(lengthOf(gap) / 1000)} s`),
    ...(answers.length < LEAST_ANSWERED * due
      ? [`answered ${answers.length} times of ${Math.round(due)}`]
      : []),
    ...[...breaks, ...findSecretLives(own)]
      .filter(({ at }) => !(plan.mayMove && excusesMove(disturbances, at)))
      .map(({ at, event, detail }) => `${clock(at, from)}: ${event} ${detail ?? ''}`),
    ...own.filter(({ event }) => event === 'broken').map(({ at, detail }) => `${clock(at, from)}: ${detail}`),
    ...answers
      .filter(({ source = '' }) => !plan.sources.some((start) => source.startsWith(start)))
      .map(({ at, source }) => `${clock(at, from)}: came from ${source}`),
  ];
  return {
    name: plan.name,
    answered: answers.length,
    due,
    longestSilence: longest(gaps.filter((gap) => !excused.includes(gap))),
    longestExcused: longest(excused),
    moves: breaks.length,
    failures,
  };
}

function findGaps(times: readonly number[]): Span[] {
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

/**
 * Answers in another life than the event before, which nothing tells the end of. We begin canaries anew at the end of faults
 * that may have moved them, and at no other time.
 */
function findSecretLives(own: readonly CanaryEvent[]): CanaryEvent[] {
  return own.flatMap((event, index) => {
    const before = own[index - 1];
    if (before === undefined || before.life === event.life || before.event === 'closed') return [];
    return [{ ...event, event: 'moved' as const, detail: 'to a life that nobody asked for' }];
  });
}

function lengthOf({ from, to }: Span): number {
  return to - from;
}

function longest(spans: readonly Span[]): number {
  return Math.max(0, ...spans.map(lengthOf));
}

function clock(at: number, from: number): string {
  return `${((at - from) / 1000).toFixed(1)} s`;
}
