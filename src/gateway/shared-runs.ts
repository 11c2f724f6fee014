/**
 * One run of a task at a time. Whoever asks while one is under way shares the next, which begins when it has ended: so
 * everybody gets a run that began after they asked, and however often they ask, each run comes to its end.
 */
export class SharedRuns<T> {
  readonly #task: () => Promise<T>;
  #current: Promise<T> | undefined;
  #next: Promise<T> | undefined;

  constructor(task: () => Promise<T>) {
    this.#task = task;
  }

  /** Resolves or rejects as the run does that it began or shares. */
  run(): Promise<T> {
    if (this.#current === undefined) return this.#begin();
    this.#next ??= this.#current.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  #begin(): Promise<T> {
    this.#next = undefined;
    const run = this.#task().finally(() => {
      if (this.#next === undefined) this.#current = undefined;
    });
    this.#current = run;
    return run;
  }
}
