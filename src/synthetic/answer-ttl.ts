/** The TTL of an answer with a synthetic address (rows S2, D29). */
import type { LeasePoolOptions } from './lease-pool-options.ts';

/** A lower TTL would only make clients ask more often, and get the same address. Chosen by us. */
const TTL_FLOOR_SECONDS = 5;

/** The TTL of the real addresses within bounds, among them half a lease, so that the lease outlives the answer. */
export function answerTtl(
  realTtlSeconds: number,
  { ttlSeconds, leaseMs }: Pick<LeasePoolOptions, 'ttlSeconds' | 'leaseMs'>,
): number {
  return Math.min(Math.max(TTL_FLOOR_SECONDS, realTtlSeconds), ttlSeconds, Math.floor(leaseMs / 2000));
}
