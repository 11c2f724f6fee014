/**
 * Long-running work in steps: a generator that yields after each bounded step. A thread with other work to do takes one step at
 * a time; others call `finish`. The cost of a step must not depend on the size of the whole.
 */
export type Steps<T> = Generator<void, T, void>;

/** Runs all steps at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Items processed per step: some tenths of a millisecond. */
export const STEP_SIZE = 256;

/** Visits the items in order, `STEP_SIZE` per step. */
export function* eachInSteps<T>(items: Iterable<T>, visit: (item: T, index: number) => void): Steps<void> {
  let index = 0;
  for (const item of items) {
    visit(item, index++);
    if (index % STEP_SIZE === 0) yield;
  }
}

/** A stable merge sort into a new array: runs of `STEP_SIZE`, merged pairwise. */
export function* sortInSteps<T extends object>(
  items: readonly T[],
  compare: (one: T, other: T) => number,
): Steps<T[]> {
  let from: T[] = [];
  for (let start = 0; start < items.length; start += STEP_SIZE) {
    for (const item of items.slice(start, start + STEP_SIZE).sort(compare)) from.push(item);
    yield;
  }
  for (let width = STEP_SIZE; width < items.length; width *= 2) {
    const merged: T[] = [];
    for (let start = 0; start < items.length; start += 2 * width) {
      yield* mergeInSteps(from, { start, middle: start + width, end: start + 2 * width }, compare, merged);
    }
    from = merged;
  }
  return from;
}

/** Merges two adjacent sorted runs; the second may be short or empty. */
function* mergeInSteps<T extends object>(
  items: readonly T[],
  runs: { readonly start: number; readonly middle: number; readonly end: number },
  compare: (one: T, other: T) => number,
  merged: T[],
): Steps<void> {
  const end = Math.min(runs.end, items.length);
  const middle = Math.min(runs.middle, end);
  let [left, right] = [runs.start, middle];
  while (left < middle || right < end) {
    const one = left < middle ? items[left] : undefined;
    const other = right < end ? items[right] : undefined;
    if (one !== undefined && (other === undefined || compare(one, other) <= 0)) {
      merged.push(one);
      left++;
    } else if (other !== undefined) {
      merged.push(other);
      right++;
    }
    if (merged.length % STEP_SIZE === 0) yield;
  }
}
