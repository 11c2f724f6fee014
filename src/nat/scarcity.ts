/** Above this share of what there is, the translator becomes sparing (requirements.md 4.3 and 5.2). */
const SCARCE_ABOVE = 0.8;

export function isScarce(used: number, capacity: number): boolean {
  return used > capacity * SCARCE_ABOVE;
}
