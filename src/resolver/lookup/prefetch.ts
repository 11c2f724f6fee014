/**
 * Answers that are asked for when they have almost run out are looked up anew before they do, so that nobody has to wait
 * for them: in the last tenth of a TTL that is long enough for that to matter. Both chosen by us; unbound does the same.
 */
const LEAST_TTL_SECONDS = 10;
const PART = 10;

/** How long before it runs out an answer of this TTL may be looked up anew, in seconds; 0 for never. */
export function prefetchLead(ttlSeconds: number): number {
  return ttlSeconds >= LEAST_TTL_SECONDS ? ttlSeconds / PART : 0;
}
