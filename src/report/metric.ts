/** A metric, in the terms common to Prometheus and OpenMetrics; docs/metrics.md lists all of them. */

export interface Metric {
  /** In snake case, including the unit, such as `_bytes`; the name of a counter ends in `_total`. */
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  /** A description in one line. */
  readonly help: string;
  /** No two samples have the same labels. */
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** Values are from closed lists or the configuration, never clients, users or queried names, so series are few. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A value that only grows during the life of the process. */
export function counter(name: string, help: string, value: number | readonly Sample[]): Metric {
  return { name, type: 'counter', help, samples: samplesOf(value) };
}

/** A value that may go up and down. */
export function gauge(name: string, help: string, value: number | readonly Sample[]): Metric {
  return { name, type: 'gauge', help, samples: samplesOf(value) };
}

function samplesOf(value: number | readonly Sample[]): readonly Sample[] {
  return typeof value === 'number' ? [{ labels: {}, value }] : value;
}
