/** What a fault may do to others while it lasts, and until the gateway is calm again; everything else is a failure. */

/**
 * - `silence`: flows may stand still
 * - `move`: flows of the primary egress address may be reset or move to the secondary (requirements.md 5.10)
 * - `names`: names never asked for before may fail
 * - `connect`: new connections and transfers may fail
 */
export type Effect = 'silence' | 'move' | 'names' | 'connect';

export interface Disturbance {
  readonly fault: string;
  readonly effects: readonly Effect[];
  /** Milliseconds of the wall clock, which all processes of a soak share. */
  readonly from: number;
  /** When everything was seen to work again, or nobody waited any longer. */
  readonly to: number;
  /** Whether that came in time. */
  readonly isCalm: boolean;
}

/** Chosen by us: TCP doubles its patience with each loss, so a flow may be silent as long again as the fault was. */
const GRACE_MS = 5_000;

/** Whether something that was wrong from `from` to `to` is the work of a fault that has this effect. */
export function isExcused(
  disturbances: readonly Disturbance[],
  effect: Effect,
  from: number,
  to: number,
): boolean {
  return disturbances.some((one) => {
    const grace = GRACE_MS + (one.to - one.from);
    return one.effects.includes(effect) && from >= one.from - GRACE_MS && to <= one.to + grace;
  });
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
