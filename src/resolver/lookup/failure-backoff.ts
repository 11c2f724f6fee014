/** How long a question that failed is not asked again: from 1 s doubling to 30 s (RFC 9520 section 3.2: 1 s to 5 min). */
const LONGEST_PAUSE_SECONDS = 30;
/** Failed questions that are remembered; the oldest failure is forgotten first. Chosen by us. */
const CAPACITY = 10_000;

export class FailureBackoff {
  readonly #failures = new Map<string, number>();

  /** Notes another failure of the question; returns for how many seconds it should not be asked. */
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
