/** Whether what clients did beside the canaries worked, and went on, whenever no fault excused its failing. */
import { type Disturbance, type Effect, isTouched, type Span } from './disturbance.ts';

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
  /** Milliseconds: the longest time in which none worked, and what is allowed. */
  readonly longestPause: number;
  readonly mostPause: number;
  readonly failures: readonly string[];
}

/**
 * What a load consists of, and the longest time in which none of a kind may work, with a fault or without. Chosen by us: some
 * faults last for 20 s, and of transfers, which take turns, each may take a minute.
 */
const MOST_PAUSE_MS: Readonly<Record<string, number>> = {
  'short connection': 45_000,
  datagram: 45_000,
  'fresh name': 45_000,
  ping: 60_000,
  download: 240_000,
  upload: 240_000,
  'QUIC download': 240_000,
};
/** A name that nobody asked for yet needs the upstream; everything else a way out. */
const EFFECTS: Readonly<Record<string, Effect>> = { 'fresh name': 'names' };

export function judgeLoad(
  attempts: readonly Attempt[],
  disturbances: readonly Disturbance[],
  span: Span,
): LoadReport[] {
  const byKind = Map.groupBy(attempts, ({ kind }) => kind);
  return Object.entries(MOST_PAUSE_MS).map(([kind, mostPause]) => {
    const ones = byKind.get(kind) ?? [];
    const [failed, worked] = [true, false].map((isFailure) =>
      ones.filter(({ failure }) => (failure !== undefined) === isFailure),
    ) as [Attempt[], Attempt[]];
    const effects: Effect[] = [EFFECTS[kind] ?? 'connect', 'connect'];
    const blamed = failed.filter(
      ({ from, to }) => !effects.some((effect) => isTouched(disturbances, effect, from, to)),
    );
    const longestPause = findLongestPause(worked, span);
    return {
      kind,
      worked: worked.length,
      excused: failed.length - blamed.length,
      longestPause,
      mostPause,
      failures: [
        ...blamed.map(({ from, failure }) => `${((from - span.from) / 1000).toFixed(1)} s: ${failure}`),
        ...(worked.length === 0 ? ['none has worked'] : []),
        ...(longestPause > mostPause ? [`none has worked for ${Math.round(longestPause / 1000)} s`] : []),
      ],
    };
  });
}

function findLongestPause(worked: readonly Attempt[], { from, to }: Span): number {
  const ends = [from, ...worked.map((one) => one.to).toSorted((one, other) => one - other), to];
  return Math.max(...ends.slice(1).map((at, index) => at - (ends[index] ?? at)));
}
