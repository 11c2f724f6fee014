/**
 * Which external ports and echo identifiers are whose when several workers share every egress address: the remainder of a
 * division by the number of workers, so that all have the same share of any range.
 */
export interface PortShare {
  /** From 0 on. */
  readonly worker: number;
  readonly workers: number;
}

/** That of a worker without others. */
export const EVERY_PORT: PortShare = { worker: 0, workers: 1 };

export function ownerOfPort(port: number, { workers }: PortShare): number {
  return port % workers;
}
