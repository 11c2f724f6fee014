/** Which upstreams to ask, in which order: as configured, those that lately did not answer behind the others. */
import type { UpstreamServer } from '../resolver-options.ts';

interface State {
  readonly server: UpstreamServer;
  failures: number;
  /** Until then it is asked only after the others. */
  downUntilMs: number;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

export class UpstreamHealth {
  readonly #states: readonly State[];

  constructor(servers: readonly UpstreamServer[]) {
    this.#states = servers.map((server) => ({ server, failures: 0, downUntilMs: 0 }));
  }

  /** All upstreams, best first. One whose pause is over comes first for this one question, as its trial. */
  order(nowMs: number): UpstreamServer[] {
    const up = this.#states.filter((state) => state.downUntilMs <= nowMs);
    const down = this.#states.filter((state) => state.downUntilMs > nowMs);
    const trial = up.find((state) => state.failures > 0);
    if (trial !== undefined) trial.downUntilMs = nowMs + pauseMs(trial.failures);
    down.sort((one, other) => one.downUntilMs - other.downUntilMs);
    return [...up, ...down].map(({ server }) => server);
  }

  recordAnswer(server: UpstreamServer): void {
    const state = this.#find(server);
    if (state === undefined) return;
    state.failures = 0;
    state.downUntilMs = 0;
  }

  recordFailure(server: UpstreamServer, nowMs: number): void {
    const state = this.#find(server);
    // Questions that were under way together fail together: they count once.
    if (state === undefined || state.downUntilMs > nowMs) return;
    state.failures++;
    state.downUntilMs = nowMs + pauseMs(state.failures);
  }

  /** For status displays: whether each upstream answered lately, in the configured order. */
  get status(): ReadonlyArray<{ readonly server: UpstreamServer; readonly failures: number }> {
    return this.#states.map(({ server, failures }) => ({ server, failures }));
  }

  #find(server: UpstreamServer): State | undefined {
    return this.#states.find((state) => state.server === server);
  }
}

function pauseMs(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
}
