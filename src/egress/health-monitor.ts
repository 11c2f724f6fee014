/**
 * Turns rounds of probes into the health of egress addresses: out of service after some failed rounds in a row, back
 * after some good ones. The more often an address flaps, the longer it rests first: a resting address is used only where
 * nothing else is in service. Runs in the control thread.
 */
import type { EgressHealth, HealthState } from './egress-health.ts';

export interface HealthThresholds {
  /** Consecutive failed rounds until an address is down. */
  readonly failAfter: number;
  /** Consecutive good rounds until it is up again. */
  readonly recoverAfter: number;
  /** An address that went down is not up for at least this long, doubled for each flap in a row. Default 2 s. */
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
  /** How often it went out of service. */
  readonly falls: number;
}

const MIN_DOWN_MS = 2_000;
const MOST_REST_MS = 300_000;
/** Going down again this soon after coming back is a flap. */
const FLAP_WINDOW_MS = 60_000;

interface Record {
  failed: number;
  good: number;
  sinceMs: number | undefined;
  /** When the present rest began, and how long it is. */
  downAtMs: number;
  restMs: number;
  reason: string;
  falls: number;
}

export class HealthMonitor {
  readonly #health: EgressHealth;
  readonly #thresholds: HealthThresholds;
  readonly #minDownMs: number;
  readonly #records = new Map<number, Record>();
  readonly #onChange: (report: HealthReport) => void;

  /** `onChange` is called for every address that goes down or comes up, after the shared word has changed. */
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

  /** A round of probes from the address has ended; `why` describes the result for people. */
  report(index: number, passed: boolean, nowMs: number, why: string): void {
    const record = this.#recordOf(index);
    record.good = passed ? record.good + 1 : 0;
    record.failed = passed ? 0 : record.failed + 1;
    const state = this.#health.state(index);
    const next = this.#judge(state, record, nowMs);
    if (next === state) return;
    if (next === 'down') {
      record.falls++;
      this.#beginRest(record, state, nowMs);
    }
    this.#change(index, record, next, nowMs, why);
  }

  describe(index: number): HealthReport {
    const { sinceMs, reason, falls } = this.#recordOf(index);
    return { index, state: this.#health.state(index), sinceMs, reason, falls };
  }

  #judge(state: HealthState, { good, failed, downAtMs, restMs }: Record, nowMs: number): HealthState {
    if (state !== 'down' && failed >= this.#thresholds.failAfter) return 'down';
    if (state === 'unproven') return good > 0 ? 'up' : state;
    if (state === 'up' || good < this.#thresholds.recoverAfter) return state;
    return nowMs - downAtMs >= restMs ? 'up' : 'resting';
  }

  #change(index: number, record: Record, state: HealthState, nowMs: number, reason: string): void {
    record.sinceMs = nowMs;
    record.reason = reason;
    this.#health.set(index, state);
    this.#onChange(this.describe(index));
  }

  /** The first time down, an address rests for the least time; each flap doubles that, as does going down while it rests. */
  #beginRest(record: Record, from: HealthState, nowMs: number): void {
    const cameBackBefore = record.sinceMs === undefined ? Number.POSITIVE_INFINITY : nowMs - record.sinceMs;
    const flaps =
      record.restMs > 0 && (from === 'resting' || cameBackBefore < FLAP_WINDOW_MS + record.restMs);
    record.restMs = flaps ? Math.min(record.restMs * 2, MOST_REST_MS) : this.#minDownMs;
    record.downAtMs = nowMs;
  }

  #recordOf(index: number): Record {
    let record = this.#records.get(index);
    if (record === undefined) {
      const reason = 'not probed yet';
      record = { failed: 0, good: 0, sinceMs: undefined, downAtMs: 0, restMs: 0, reason, falls: 0 };
      this.#records.set(index, record);
    }
    return record;
  }
}
