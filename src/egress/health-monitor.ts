/**
 * Turns rounds of probes into the health of egress addresses: out of service after some failed rounds in a row, back
 * after some good ones, and the longer away the more often it flaps. Runs in the control thread.
 */
import type { EgressHealth, HealthState } from './egress-health.ts';

export interface HealthThresholds {
  /** Consecutive failed rounds until an address is down. */
  readonly failAfter: number;
  /** Consecutive good rounds until it is up again. */
  readonly recoverAfter: number;
  /** An address that went down stays down for at least this long, doubled for each flap in a row. Default 2 s. */
  readonly minDownMs?: number;
}

/** What to show of one address. */
export interface HealthReport {
  readonly index: number;
  readonly state: HealthState;
  /** Monotonic milliseconds of the last change; undefined before the first. */
  readonly sinceMs: number | undefined;
  /** Why it is in this state, for people. */
  readonly reason: string;
}

const MIN_DOWN_MS = 2_000;
const MOST_DOWN_MS = 300_000;
/** Down again this soon after it came back is a flap. */
const FLAP_WINDOW_MS = 60_000;

interface Record {
  failed: number;
  good: number;
  sinceMs: number | undefined;
  downMs: number;
  reason: string;
}

export class HealthMonitor {
  readonly #health: EgressHealth;
  readonly #thresholds: HealthThresholds;
  readonly #minDownMs: number;
  readonly #records = new Map<number, Record>();
  readonly #onChange: (report: HealthReport) => void;

  /** `onChange` hears of every address that goes down or comes up, after the shared word has changed. */
  constructor(
    health: EgressHealth,
    thresholds: HealthThresholds,
    onChange: (report: HealthReport) => void = () => {},
  ) {
    this.#health = health;
    this.#thresholds = thresholds;
    this.#minDownMs = thresholds.minDownMs ?? MIN_DOWN_MS;
    this.#onChange = onChange;
  }

  /** A round of probes from the address has ended; `why` says for people what was seen. */
  report(index: number, passed: boolean, nowMs: number, why: string): void {
    const record = this.#recordOf(index);
    record.good = passed ? record.good + 1 : 0;
    record.failed = passed ? 0 : record.failed + 1;
    const state = this.#health.state(index);
    if (state === 'down') {
      if (record.good >= this.#thresholds.recoverAfter && this.#hasRested(record, nowMs))
        this.#change(index, record, 'up', nowMs, why);
    } else if (record.failed >= this.#thresholds.failAfter) {
      this.#lengthenRest(record, nowMs);
      this.#change(index, record, 'down', nowMs, why);
    } else if (passed && state === 'unproven') this.#change(index, record, 'up', nowMs, why);
  }

  describe(index: number): HealthReport {
    const { sinceMs, reason } = this.#recordOf(index);
    return { index, state: this.#health.state(index), sinceMs, reason };
  }

  #change(index: number, record: Record, state: HealthState, nowMs: number, reason: string): void {
    record.sinceMs = nowMs;
    record.reason = reason;
    this.#health.set(index, state);
    this.#onChange(this.describe(index));
  }

  #hasRested({ sinceMs, downMs }: Record, nowMs: number): boolean {
    return nowMs - (sinceMs ?? nowMs) >= downMs;
  }

  /** The first fall rests for the least time; each fall soon after a rise doubles it. */
  #lengthenRest(record: Record, nowMs: number): void {
    const cameBackBefore = record.sinceMs === undefined ? Number.POSITIVE_INFINITY : nowMs - record.sinceMs;
    const flaps = record.downMs > 0 && cameBackBefore < FLAP_WINDOW_MS + record.downMs;
    record.downMs = flaps ? Math.min(record.downMs * 2, MOST_DOWN_MS) : this.#minDownMs;
  }

  #recordOf(index: number): Record {
    let record = this.#records.get(index);
    if (record === undefined) {
      record = { failed: 0, good: 0, sinceMs: undefined, downMs: 0, reason: 'not probed yet' };
      this.#records.set(index, record);
    }
    return record;
  }
}
