/**
 * A map from hashes to posting lists. The hashed values are not stored: values with equal hashes share a posting list, and
 * every owner found is evaluated anyway. A hundred thousand entries take 2 MB, and a look-up touches one cache line.
 */
import { type Postings, PostingsBuilder, type Sink } from './postings.ts';

export class PostingMapBuilder {
  readonly #postings = new PostingsBuilder();
  #slots: Int32Array;
  #size = 0;

  /** Has room for `expected` distinct hashes before it must grow, which takes long. */
  constructor(expected = 0) {
    const slots = Math.max(4, expected + 1);
    this.#slots = new Int32Array(4 * 2 ** Math.ceil(Math.log2(slots)));
  }

  add(hash: number, owner: number): void {
    if (4 * this.#size >= this.#slots.length) this.#grow();
    const slot = slotOf(this.#slots, hash);
    const code = this.#slots[slot + 1] ?? 0;
    if (code === 0) this.#size++;
    this.#slots[slot] = hash;
    this.#slots[slot + 1] = this.#postings.add(code, owner);
  }

  build(): PostingMap {
    return new PostingMap(this.#slots, this.#postings.build());
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Int32Array(2 * before.length);
    for (let at = 0; at < before.length; at += 2) {
      const hash = before[at] ?? 0;
      const code = before[at + 1] ?? 0;
      if (code === 0) continue;
      const slot = slotOf(this.#slots, hash);
      this.#slots[slot] = hash;
      this.#slots[slot + 1] = code;
    }
  }
}

export class PostingMap {
  /** Pairs of a hash and a posting code, which is 0 in a free slot; adjacent, so that one memory access fetches both. */
  readonly #slots: Int32Array;
  readonly #postings: Postings;

  constructor(slots: Int32Array, postings: Postings) {
    this.#slots = slots;
    this.#postings = postings;
  }

  /** Passes every owner of the hash to `sink`. */
  find(hash: number, sink: Sink): void {
    const code = this.#slots[slotOf(this.#slots, hash) + 1] ?? 0;
    if (code !== 0) this.#postings.emit(code, sink);
  }
}

/** The slot of the hash, or the free slot for it (linear probing). At most half of the slots are taken, so this ends. */
function slotOf(slots: Int32Array, hash: number): number {
  const mask = slots.length - 1;
  let slot = (2 * hash) & mask;
  while (slots[slot + 1] !== 0 && slots[slot] !== hash) slot = (slot + 2) & mask;
  return slot;
}
