/** Whether the query rate is high, counted over fixed intervals. */

const SPAN_MS = 10;
/** Of a span; 20,000 a second. Chosen by us: a few come while the front rests. */
const MANY = 200;

export class QueryRate {
  #span = 0;
  #queries = 0;
  #isHigh = false;

  /** Whether there were many in the span before that of the last count. */
  get isHigh(): boolean {
    return this.#isHigh;
  }

  count(queries: number, nowMs: number): void {
    const span = Math.floor(nowMs / SPAN_MS);
    if (span !== this.#span) {
      this.#isHigh = span === this.#span + 1 && this.#queries >= MANY;
      this.#span = span;
      this.#queries = 0;
    }
    this.#queries += queries;
  }
}
