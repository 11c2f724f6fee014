/**
 * The source of time: monotonic, so that a jump of the wall clock neither ends every flow nor keeps leases alive for ever
 * (FL-36). Code that decides about packets and leases is passed the time; only the gateway reads the clock.
 */

/** Milliseconds since an arbitrary start, with fractions. Never goes backwards, and is the same in every thread. */
export type MonotonicClock = () => number;

// Not performance.now(), which counts from the start of each thread.
export const systemClock: MonotonicClock = () => {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
};
