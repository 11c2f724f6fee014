/**
 * Posting lists: owners by code, so that an index needs one integer per entry. 0 means none, a positive code one owner, a
 * negative one the number of a longer list. Owners are numbers of rules or of lists.
 */
export interface Sink {
  add(owner: number): void;
}

export class PostingsBuilder {
  readonly #shared: number[][] = [];

  /** The code for those of `code` and the owner. Codes are not shared: the old one is no longer of use. */
  add(code: number, owner: number): number {
    if (code === 0 || code === owner + 1) return owner + 1;
    if (code > 0) return -this.#shared.push([code - 1, owner]);
    const owners = this.#shared[-code - 1];
    if (owners?.at(-1) !== owner) owners?.push(owner);
    return code;
  }

  /** Of what was added until now. */
  build(): Postings {
    let end = 0;
    const starts = Int32Array.from([0, ...this.#shared.map((owners) => (end += owners.length))]);
    return new Postings(starts, Int32Array.from(this.#shared.flat()));
  }
}

export class Postings {
  /** Where each of the longer lists begins; one more start is the end of the last. */
  readonly #starts: Int32Array;
  readonly #owners: Int32Array;

  constructor(starts: Int32Array, owners: Int32Array) {
    this.#starts = starts;
    this.#owners = owners;
  }

  /** To objects of few classes, not to closures: what a call leads to should be foreseen by the processor. */
  pour(code: number, sink: Sink): void {
    if (code > 0) sink.add(code - 1);
    if (code >= 0) return;
    const end = this.#starts[-code] ?? 0;
    for (let at = this.#starts[-code - 1] ?? 0; at < end; at++) sink.add(this.#owners[at] ?? 0);
  }
}
