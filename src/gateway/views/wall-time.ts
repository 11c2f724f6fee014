/** Converts monotonic milliseconds to wall-clock time, relative to the current setting of the clock. */
import { systemClock } from '../../time/clock.ts';

/** ISO 8601 in UTC. */
export function wallTime(monotonicMs: number): string {
  return new Date(Date.now() - (systemClock() - monotonicMs)).toISOString();
}
