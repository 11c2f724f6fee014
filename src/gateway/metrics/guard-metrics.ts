/** Metrics of what the guard dropped. Reading them starts a process, so they are cached for a few seconds between scrapes. */
import { counter, type Metric } from '../../report/metric.ts';
import type { MonotonicClock } from '../../time/clock.ts';
import type { GuardCounters } from '../host/read-guard-counters.ts';

/** Chosen by us: below the usual interval of scrapes. */
const KEPT_MS = 5_000;

export class GuardMetrics {
  readonly #read: () => Promise<GuardCounters>;
  readonly #clock: MonotonicClock;
  #kept: { readonly atMs: number; readonly metrics: Promise<readonly Metric[]> } | undefined;

  constructor(read: () => Promise<GuardCounters>, clock: MonotonicClock) {
    this.#read = read;
    this.#clock = clock;
  }

  /** None when the kernel does not tell: everything else is still worth knowing. */
  collect(): Promise<readonly Metric[]> {
    const atMs = this.#clock();
    if (this.#kept === undefined || atMs - this.#kept.atMs >= KEPT_MS)
      this.#kept = { atMs, metrics: this.#read().then(describeGuard, () => []) };
    return this.#kept.metrics;
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
      'Packets that the guard stopped; source and destination are to stay 0',
      Object.entries(kinds).map(([kind, value]) => ({ labels: { kind }, value })),
    ),
  ];
}
