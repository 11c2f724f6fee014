/** Whether what clients did beside the canaries worked, whenever no fault excused its failing. */
import { type Disturbance, type Effect, isTouched } from './disturbance.ts';

/** One thing that a client did. */
export interface Attempt {
  readonly kind: string;
  /** Milliseconds of the wall clock. */
  readonly from: number;
  readonly to: number;
  /** Why it failed; undefined when it worked. */
  readonly failure?: string;
}

export interface LoadReport {
  readonly kind: string;
  readonly worked: number;
  readonly excused: number;
  readonly failures: readonly string[];
}

/** A name that nobody asked for yet needs the upstream; everything else a way out. */
const EFFECTS: Readonly<Record<string, Effect>> = { 'fresh name': 'names' };

export function judgeLoad(
  attempts: readonly Attempt[],
  disturbances: readonly Disturbance[],
  start: number,
): LoadReport[] {
  const byKind = Map.groupBy(attempts, ({ kind }) => kind);
  return [...byKind].map(([kind, ones]) => {
    const failed = ones.filter(({ failure }) => failure !== undefined);
    const effects: Effect[] = [EFFECTS[kind] ?? 'connect', 'connect'];
    const blamed = failed.filter(
      ({ from, to }) => !effects.some((effect) => isTouched(disturbances, effect, from, to)),
    );
    return {
      kind,
      worked: ones.length - failed.length,
      excused: failed.length - blamed.length,
      failures: blamed.map(({ from, failure }) => `${((from - start) / 1000).toFixed(1)} s: ${failure}`),
    };
  });
}
