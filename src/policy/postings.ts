/**
 * Owners by code, so that an index needs one integer an entry: 0 is nobody, a positive code is one owner, a negative one
 * the number of a longer list. Owners are the numbers of rules or of lists.
 */
export interface Sink {
  add(owner: number): void;
}

export class Postings {
  readonly #shared: number[][] = [];

  /** The code for those of `code` and the owner. Codes are not shared: the old one is no longer of use. */
  add(code: number, owner: number): number {
    if (code === 0 || code === owner + 1) return owner + 1;
    if (code > 0) return -this.#shared.push([code - 1, owner]);
    const owners = this.#shared[-code - 1];
    if (owners?.at(-1) !== owner) owners?.push(owner);
    return code;
  }

  /** To objects of few classes, not to closures: what a call leads to should be foreseen by the processor. */
  pour(code: number, sink: Sink): void {
    if (code > 0) sink.add(code - 1);
    const owners = code < 0 ? this.#shared[-code - 1] : undefined;
    if (owners === undefined) return;
    for (let index = 0; index < owners.length; index++) sink.add(owners[index] ?? 0);
  }
}
