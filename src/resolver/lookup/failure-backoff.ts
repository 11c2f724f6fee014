/**
 * How long a failed question is not asked again: 1 s, doubling with each failure up to 30 s (RFC 9520 section 3.2 allows 1 s to
 * 5 min).
 */
const LONGEST_PAUSE_SECONDS = 30;
/** Maximum number of failed questions remembered; the oldest is dropped first. Chosen by us. */
const CAPACITY = 10_000;

export class FailureBackoff {
  readonly #failures = new Map<string, number>();

  /** Records another failure; returns for how many seconds the question should not be asked again. */
  recordFailure(key: string): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.delete(key);
    this.#failures.set(key, failures);
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= CAPACITY) break;
      this.#failures.delete(oldest);
    }
    return Math.min(LONGEST_PAUSE_SECONDS, 2 ** (failures - 1));
  }

  recordSuccess(key: string): void {
    this.#failures.delete(key);
  }
}
