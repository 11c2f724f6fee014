/** What a fault may do to others while it lasts, and until the gateway is calm again; everything else is a failure. */

/**
 * - `silence`: flows may stand still
 * - `move`: flows of the primary egress address may be reset or move to the secondary (FL-26)
 * - `names`: names never asked for before may fail
 * - `connect`: new connections and transfers may fail
 */
export type Effect = 'silence' | 'move' | 'names' | 'connect';

export interface Disturbance {
  readonly fault: string;
  readonly effects: readonly Effect[];
  /** Milliseconds of the wall clock, which all processes of a soak share. */
  readonly from: number;
  /** When the fault was over. */
  readonly ended: number;
  /** When everything was seen to work again, or nobody waited any longer. */
  readonly to: number;
  /** Whether that came in time. */
  readonly isCalm: boolean;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Chosen by us: on loaded cores the last answer before a fault may be as old as this. */
const LATE_MS = 3_000;
/** FL-24: once the fault is over, the gateway finds its way again within this time. */
const SETTLE_MS = 5_000;
/** Egress fail-over (FL-26): a flow whose address is lost does not wait for it to come back. */
const FAIL_OVER_MS = 10_000;
/** What a fault has broken may be told after it, by whoever waited. */
const GRACE_MS = 5_000;

/**
 * Whether a flow may have been silent in this span. TCP doubles its patience with each loss: a way that was interrupted for
 * a while may be tried again only after as long a while. However long nobody is calm after it, the fault excuses no more.
 */
export function excusesSilence(disturbances: readonly Disturbance[], { from, to }: Span): boolean {
  return disturbances.some((one) => {
    const patience = 2 * (one.ended - one.from + SETTLE_MS);
    return one.effects.includes('silence') && from >= one.from - LATE_MS && to <= one.from + patience;
  });
}

/** Whether a flow that may move may have been silent in this span until it had. */
export function excusesFailOver(disturbances: readonly Disturbance[], { from, to }: Span): boolean {
  return disturbances.some(
    (one) =>
      one.effects.includes('move') &&
      from >= one.from - LATE_MS &&
      from <= one.ended &&
      to - from <= FAIL_OVER_MS,
  );
}

/** Whether a flow that may move may have been ended or moved at this time: none before the fault, none after all is calm. */
export function excusesMove(disturbances: readonly Disturbance[], at: number): boolean {
  return disturbances.some((one) => one.effects.includes('move') && at >= one.from && at <= one.to);
}

/** Whether something that lasted from `from` to `to` had to do with such a fault at all. */
export function isTouched(
  disturbances: readonly Disturbance[],
  effect: Effect,
  from: number,
  to: number,
): boolean {
  return disturbances.some(
    (one) => one.effects.includes(effect) && to >= one.from && from <= one.to + GRACE_MS,
  );
}
