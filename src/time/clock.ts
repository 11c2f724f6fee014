/**
 * Where time comes from: monotonic, so that a jump of the wall clock neither ends every flow nor makes a lease immortal
 * (FL-36). Everything below `gateway` is given the time; only the gateway asks for it.
 */
import { performance } from 'node:perf_hooks';

/** Milliseconds since an arbitrary start; never goes back. */
export type MonotonicClock = () => number;

export const systemClock: MonotonicClock = () => performance.now();
