/**
 * Whether packets to the default next hop of a family get answers from beyond it (RFC 4861 section 7.3.1). Each family has its
 * own: that one of them gets through says nothing of the other's next hop.
 */

/** Chosen by us: packets that came in so lately prove that the default next hop lives. */
const HEARD_MS = 2_000;
/**
 * Chosen by us: packets to a default next hop that nothing has come back for, for so long, cast doubt on its MAC. A host far
 * away takes longer: then the next hop, which lives, is asked once for nothing.
 */
const SILENCE_MS = 300;

export class NextHopSilence {
  #heardMs = Number.NEGATIVE_INFINITY;
  /** When the first packet was sent after anything was heard; never while nothing waits for an answer. */
  #sinceMs = Number.POSITIVE_INFINITY;
  #hasDoubted = false;

  get sinceMs(): number {
    return this.#sinceMs;
  }

  heard(nowMs: number): void {
    this.#heardMs = nowMs;
    this.#sinceMs = Number.POSITIVE_INFINITY;
    this.#hasDoubted = false;
  }

  sent(nowMs: number): void {
    if (nowMs < this.#sinceMs) this.#sinceMs = nowMs;
  }

  wasHeardLately(nowMs: number): boolean {
    return nowMs - this.#heardMs <= HEARD_MS;
  }

  /** Whether it has become too long: true once in each silence. */
  castsDoubt(nowMs: number): boolean {
    if (this.#hasDoubted || nowMs - this.#sinceMs < SILENCE_MS) return false;
    this.#hasDoubted = true;
    return true;
  }
}
