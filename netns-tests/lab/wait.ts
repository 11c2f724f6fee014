/** Waiting for a condition, never for a guessed time. */
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 40;

/** Resolves once `condition` holds; rejects after `withinMs` with what `describe` says was still the case. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
  describe: () => string,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Cannot go on after ${withinMs} ms: ${describe()}`);
    await sleep(POLL_MS);
  }
}
