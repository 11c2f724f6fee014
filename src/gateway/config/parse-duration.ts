/** Parses durations such as `500ms`, `10m` and `1h30m`: always with a unit, never negative. */

/** Also part of the published JSON Schema. */
export const DURATION_PATTERN = /^(?:\d{1,9}(?:ms|s|m|h|d))+$/;

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The duration in milliseconds; undefined for an invalid text. */
export function parseDuration(text: string): number | undefined {
  if (!DURATION_PATTERN.test(text)) return undefined;
  let total = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(/(\d+)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (UNIT_MS[unit] ?? 0);
  }
  return total;
}
