/** The TTL of an answer with a synthetic address (rows S2, D29). */
import type { LeasePoolOptions } from './lease-pool-options.ts';

/** A TTL of 0 or 1 would only make clients ask more often, for the same address. Chosen by us. */
const TTL_FLOOR_SECONDS = 5;

/** The real addresses' TTL within bounds: at most half a lease, so that the lease outlives the answer. */
export function answerTtl(
  realTtlSeconds: number,
  { ttlSeconds, leaseMs }: Pick<LeasePoolOptions, 'ttlSeconds' | 'leaseMs'>,
): number {
  return Math.min(Math.max(TTL_FLOOR_SECONDS, realTtlSeconds), ttlSeconds, Math.floor(leaseMs / 2000));
}
