/** The precedences of rules that leave it out. */

/** Room for rules between. */
const STEP = 1000;

/** Those that are given as they are; the others behind all of them, in the order of the rules (docs/policy.md, Rules). */
export function completePrecedences(given: ReadonlyArray<number | null | undefined>): number[] {
  let highest = given.reduce<number>((most, precedence) => Math.max(most, precedence ?? 0), 0);
  return given.map((precedence) => {
    if (typeof precedence === 'number') return precedence;
    highest += STEP;
    return highest;
  });
}
