/** From the monotonic clock's milliseconds to a date people can read; right as of now, whatever the wall clock did. */
import { systemClock } from '../../time/clock.ts';

/** ISO 8601 in UTC. */
export function wallTime(monotonicMs: number): string {
  return new Date(Date.now() - (systemClock() - monotonicMs)).toISOString();
}
