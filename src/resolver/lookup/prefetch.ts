/**
 * An answer that is requested in the last tenth of its TTL is looked up again before it expires, so that no client has to
 * wait, provided that the TTL is at least ten seconds. Both chosen by us, following unbound.
 */
const LEAST_TTL_SECONDS = 10;
const FRACTION = 10;

/** How many seconds before its expiry an answer with this TTL may be prefetched; 0: never. */
export function prefetchLead(ttlSeconds: number): number {
  return ttlSeconds >= LEAST_TTL_SECONDS ? ttlSeconds / FRACTION : 0;
}
