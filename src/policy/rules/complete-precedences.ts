/** Assigns a precedence to rules that have none (docs/policy.md, Rules). */

/** Leaves room for further rules in between. */
const STEP = 1000;

/** Given precedences are kept; rules without one follow after the highest of them, in the order of the file. */
export function completePrecedences(given: ReadonlyArray<number | null | undefined>): number[] {
  let highest = given.reduce<number>((most, precedence) => Math.max(most, precedence ?? 0), 0);
  return given.map((precedence) => {
    if (typeof precedence === 'number') return precedence;
    highest += STEP;
    return highest;
  });
}
