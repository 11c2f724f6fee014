/** Metrics of packets that the guard dropped. Reading them starts a process, so they are cached for a few seconds. */
import { counter, type Metric } from '../../report/metric.ts';
import type { MonotonicClock } from '../../time/clock.ts';
import type { GuardCounters } from '../host/read-guard-counters.ts';

/** Less than the usual scrape interval. Chosen by us. */
const CACHED_MS = 5_000;

export class GuardMetrics {
  readonly #read: () => Promise<GuardCounters>;
  readonly #clock: MonotonicClock;
  #cached: { readonly atMs: number; readonly metrics: Promise<readonly Metric[]> } | undefined;

  constructor(read: () => Promise<GuardCounters>, clock: MonotonicClock) {
    this.#read = read;
    this.#clock = clock;
  }

  /** Empty if the counters cannot be read, so that the other metrics are still served. */
  collect(): Promise<readonly Metric[]> {
    const atMs = this.#clock();
    if (this.#cached === undefined || atMs - this.#cached.atMs >= CACHED_MS)
      this.#cached = { atMs, metrics: this.#read().then(describeGuard, () => []) };
    return this.#cached.metrics;
  }
}

function describeGuard(guard: GuardCounters): Metric[] {
  const kinds = {
    source: guard.refusedSource,
    destination: guard.refusedDestination,
    input: guard.refusedInput,
    forward: guard.refusedForward,
    onramp: guard.refusedOnramp,
  };
  return [
    counter(
      'syngate_guard_refused_packets_total',
      'Packets that the guard stopped; source and destination must stay 0',
      Object.entries(kinds).map(([kind, value]) => ({ labels: { kind }, value })),
    ),
  ];
}
