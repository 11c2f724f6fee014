/** Detects a high query rate, measured over fixed intervals. */

const INTERVAL_MS = 10;
/** Queries per interval, that is 20,000 per second: several arrive during a pause of the front. Chosen by us. */
const HIGH_COUNT = 200;

export class QueryRate {
  #interval = 0;
  #queries = 0;
  #isHigh = false;

  /** Whether the rate was high in the interval before the current one. */
  get isHigh(): boolean {
    return this.#isHigh;
  }

  count(queries: number, nowMs: number): void {
    const interval = Math.floor(nowMs / INTERVAL_MS);
    if (interval !== this.#interval) {
      this.#isHigh = interval === this.#interval + 1 && this.#queries >= HIGH_COUNT;
      this.#interval = interval;
      this.#queries = 0;
    }
    this.#queries += queries;
  }
}
