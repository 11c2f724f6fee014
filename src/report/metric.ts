/** A metric, in the terms that Prometheus and OpenMetrics share; docs/metrics.md has every name. */

export interface Metric {
  /** Snake case with the unit in it, as in `_bytes`; a counter's name ends in `_total`. */
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  /** One line. */
  readonly help: string;
  /** No two samples have the same labels. */
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** Values come from closed lists or from the configuration: never a client, a user or a queried name. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A value that only grows while the process lives. */
export function counter(name: string, help: string, value: number | readonly Sample[]): Metric {
  return { name, type: 'counter', help, samples: samplesOf(value) };
}

/** A value that goes up and down. */
export function gauge(name: string, help: string, value: number | readonly Sample[]): Metric {
  return { name, type: 'gauge', help, samples: samplesOf(value) };
}

function samplesOf(value: number | readonly Sample[]): readonly Sample[] {
  return typeof value === 'number' ? [{ labels: {}, value }] : value;
}
