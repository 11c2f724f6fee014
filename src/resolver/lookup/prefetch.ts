/**
 * Answers that are asked for in the last tenth of their TTL are looked up again before they expire, so that no client has
 * to wait; only if the TTL is long enough for that to matter. Both chosen by us; unbound does the same.
 */
const LEAST_TTL_SECONDS = 10;
const PART = 10;

/** How many seconds before it expires an answer with this TTL may be prefetched; 0 for never. */
export function prefetchLead(ttlSeconds: number): number {
  return ttlSeconds >= LEAST_TTL_SECONDS ? ttlSeconds / PART : 0;
}
