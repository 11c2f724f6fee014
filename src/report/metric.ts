/** What monitoring is told, in the terms that Prometheus and OpenMetrics share; docs/metrics.md has every name. */

export interface Metric {
  /** Snake case with the unit in it, as in `_bytes`; that of a counter ends in `_total`. */
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  /** One line. */
  readonly help: string;
  /** No two with the same labels. */
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** Values come from closed lists or from the configuration: never a client, a user or a name that was asked for. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What only grows while the process lives. */
export function counter(name: string, help: string, value: number | readonly Sample[]): Metric {
  return { name, type: 'counter', help, samples: samplesOf(value) };
}

/** What goes up and down. */
export function gauge(name: string, help: string, value: number | readonly Sample[]): Metric {
  return { name, type: 'gauge', help, samples: samplesOf(value) };
}

function samplesOf(value: number | readonly Sample[]): readonly Sample[] {
  return typeof value === 'number' ? [{ labels: {}, value }] : value;
}
