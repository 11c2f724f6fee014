/**
 * Determines the order in which upstreams are asked: as configured or by response time, with those that recently failed to
 * answer last.
 */
import type { UpstreamChoice, UpstreamServer } from '../resolver-options.ts';

export interface UpstreamState {
  readonly server: UpstreamServer;
  /** Consecutive failures; 0 after an answer. */
  failures: number;
  /** A description of the last failure, and its time (monotonic milliseconds). */
  lastFailure: { readonly reason: string; readonly atMs: number } | undefined;
  /** Smoothed response time; undefined until the first answer. */
  answerMs: number | undefined;
  answers: number;
}

interface State extends UpstreamState {
  /** Until this time it is asked only after the others. */
  downUntilMs: number;
  measuredMs: number;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
/** Weight of the newest measurement. Chosen by us. */
const SMOOTHING = 0.2;
/** How often an upstream that is not the fastest is asked first, to measure it again. Chosen by us. */
const REMEASURE_MS = 60_000;

export class UpstreamHealth {
  readonly #states: readonly State[];
  readonly #choice: UpstreamChoice;

  constructor(servers: readonly UpstreamServer[], choice: UpstreamChoice) {
    this.#choice = choice;
    this.#states = servers.map((server) => ({
      server,
      failures: 0,
      lastFailure: undefined,
      answerMs: undefined,
      answers: 0,
      downUntilMs: 0,
      measuredMs: Number.NEGATIVE_INFINITY,
    }));
  }

  /** All upstreams, best first. One whose pause has just ended is tried once, at its usual place, and then paused again. */
  order(nowMs: number): UpstreamServer[] {
    const up = this.#states.filter((state) => state.downUntilMs <= nowMs);
    const down = this.#states.filter((state) => state.downUntilMs > nowMs);
    if (this.#choice === 'fastest') sortBySpeed(up, nowMs);
    const trial = up.find((state) => state.failures > 0);
    if (trial !== undefined) trial.downUntilMs = nowMs + pauseMs(trial.failures);
    down.sort((one, other) => one.downUntilMs - other.downUntilMs);
    return [...up, ...down].map(({ server }) => server);
  }

  recordAnswer(server: UpstreamServer, tookMs: number, nowMs: number): void {
    const state = this.#find(server);
    if (state === undefined) return;
    const before = state.answerMs ?? tookMs;
    state.answerMs = before + (tookMs - before) * SMOOTHING;
    state.measuredMs = nowMs;
    state.answers++;
    state.failures = 0;
    state.downUntilMs = 0;
  }

  recordFailure(server: UpstreamServer, nowMs: number, reason: string): void {
    const state = this.#find(server);
    // Questions in flight at the same time fail together: they count as one failure.
    if (state === undefined || state.downUntilMs > nowMs) return;
    state.lastFailure = { reason, atMs: nowMs };
    state.failures++;
    state.downUntilMs = nowMs + pauseMs(state.failures);
  }

  /** For status displays, in the configured order. */
  get status(): readonly UpstreamState[] {
    return this.#states;
  }

  #find(server: UpstreamServer): State | undefined {
    return this.#states.find((state) => state.server === server);
  }
}

/** Sorts fastest first, except that one upstream whose last measurement is too old, if any, is moved to the front. */
function sortBySpeed(states: State[], nowMs: number): void {
  states.sort((one, other) => (one.answerMs ?? 0) - (other.answerMs ?? 0));
  const unknown = states.findIndex(({ measuredMs }) => nowMs - measuredMs >= REMEASURE_MS);
  const [state] = unknown === -1 ? [] : states.splice(unknown, 1);
  if (state === undefined) return;
  state.measuredMs = nowMs;
  states.unshift(state);
}

function pauseMs(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
}
