/**
 * Posting lists, each represented by one integer, its code: 0 for an empty list, a positive code for a single owner, a
 * negative code for a longer list. Owners are the numbers of rules or of lists.
 */
export interface Sink {
  add(owner: number): void;
}

export class PostingsBuilder {
  readonly #shared: number[][] = [];

  /** The code of the list `code` with the owner appended. The old code must not be used any more. */
  add(code: number, owner: number): number {
    if (code === 0 || code === owner + 1) return owner + 1;
    if (code > 0) return -this.#shared.push([code - 1, owner]);
    const owners = this.#shared[-code - 1];
    if (owners?.at(-1) !== owner) owners?.push(owner);
    return code;
  }

  build(): Postings {
    let end = 0;
    const starts = Int32Array.from([0, ...this.#shared.map((owners) => (end += owners.length))]);
    return new Postings(starts, Int32Array.from(this.#shared.flat()));
  }
}

export class Postings {
  /** The start of each longer list in `#owners`, followed by the end of the last. */
  readonly #starts: Int32Array;
  readonly #owners: Int32Array;

  constructor(starts: Int32Array, owners: Int32Array) {
    this.#starts = starts;
    this.#owners = owners;
  }

  /**
   * Passes every owner of the list to `sink`: an object of one of few classes and not a closure, so that V8 can inline the
   * call.
   */
  emit(code: number, sink: Sink): void {
    if (code > 0) sink.add(code - 1);
    if (code >= 0) return;
    const end = this.#starts[-code] ?? 0;
    for (let at = this.#starts[-code - 1] ?? 0; at < end; at++) sink.add(this.#owners[at] ?? 0);
  }
}
