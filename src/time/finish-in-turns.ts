/** Runs long work on a thread that must also handle events, yielding to the event loop every few milliseconds. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MonotonicClock } from './clock.ts';
import type { Steps } from './steps.ts';

/** Short compared with a DNS look-up, and long compared with the cost of a turn of the event loop. Chosen by us. */
const TURN_MS = 5;

/** Runs all steps. Rejects with the error that a step throws. */
export async function finishInTurns<T>(steps: Steps<T>, clock: MonotonicClock): Promise<T> {
  for (let turnEndsMs = clock() + TURN_MS; ; ) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (clock() < turnEndsMs) continue;
    await nextTurn();
    turnEndsMs = clock() + TURN_MS;
  }
}
