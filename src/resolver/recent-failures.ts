/** The most recent questions that could not be answered, for troubleshooting. */
export interface FailedQuery {
  readonly name: string;
  readonly type: number;
  readonly reason: string;
  /** Monotonic milliseconds. */
  readonly atMs: number;
  /** How often the question has failed since it was added to the list. */
  readonly times: number;
}

const CAPACITY = 20;

export class RecentFailures {
  readonly #failures: FailedQuery[] = [];

  /** A question that fails repeatedly takes one entry. */
  record(name: string, type: number, reason: string, atMs: number): void {
    const index = this.#failures.findIndex((failed) => failed.name === name && failed.type === type);
    const [before] = index === -1 ? [] : this.#failures.splice(index, 1);
    this.#failures.push({ name, type, reason, atMs, times: (before?.times ?? 0) + 1 });
    if (this.#failures.length > CAPACITY) this.#failures.shift();
  }

  /** The newest first. */
  list(): readonly FailedQuery[] {
    return this.#failures.toReversed();
  }
}
