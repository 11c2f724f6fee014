/**
 * Whether packets to the default next hop of a family get replies from beyond it (RFC 4861 section 7.3.1). Tracked for each
 * family by itself: replies in one say nothing about the next hop of the other.
 */

/** Chosen by us: packets received this recently prove that the default next hop is alive. */
const HEARD_MS = 2_000;
/**
 * Chosen by us: if nothing has come back this long after the first send, the next hop's MAC is re-verified. Distant hosts
 * are slower; that costs one needless probe.
 */
const SILENCE_MS = 300;

export class NextHopSilence {
  #heardMs = Number.NEGATIVE_INFINITY;
  /** When the first packet was sent since a packet last came in; infinity if none was. */
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

  /** Whether the silence has become too long; true only once in each silence. */
  castsDoubt(nowMs: number): boolean {
    if (this.#hasDoubted || nowMs - this.#sinceMs < SILENCE_MS) return false;
    this.#hasDoubted = true;
    return true;
  }
}
