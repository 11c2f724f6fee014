/**
 * Where time comes from: monotonic, so that a jump of the wall clock neither ends every flow nor makes a lease immortal
 * (FL-36). What decides about packets and leases is given the time; only the gateway asks for it.
 */

/** Milliseconds since an arbitrary start, with fractions; never goes back, and reads the same in every thread. */
export type MonotonicClock = () => number;

// Not performance.now(): each thread's starts when the thread does.
export const systemClock: MonotonicClock = () => {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
};
