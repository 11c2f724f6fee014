/**
 * Runs a task once at a time. Callers during a run share the next one, which begins when it has ended: so every caller gets
 * a run that began after its call, and no run is cut short however many calls there are.
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
