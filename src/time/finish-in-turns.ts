/** Long work on a thread that has events to see to: they get their turn every few milliseconds. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MonotonicClock } from './clock.ts';
import type { Steps } from './steps.ts';

/** Chosen by us: short beside what a client waits for a name, and long beside what a turn costs. */
const TURN_MS = 5;

/** All steps, and between some of them whatever else the event loop has to do. Rejects with what a step throws. */
export async function finishInTurns<T>(steps: Steps<T>, clock: MonotonicClock): Promise<T> {
  for (let turnEndsMs = clock() + TURN_MS; ; ) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (clock() < turnEndsMs) continue;
    await nextTurn();
    turnEndsMs = clock() + TURN_MS;
  }
}
