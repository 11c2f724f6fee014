/**
 * Which worker owns an external port or echo identifier when several workers share every egress address: the remainder of
 * its division by the number of workers, so that each has an equal share of any range.
 */
export interface PortShare {
  /** Number of this worker, from 0 on. */
  readonly worker: number;
  readonly workers: number;
}

/** The share of an only worker. */
export const EVERY_PORT: PortShare = { worker: 0, workers: 1 };

/** Number of the worker that owns the port. */
export function ownerOfPort(port: number, { workers }: PortShare): number {
  return port % workers;
}
