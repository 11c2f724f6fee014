/**
 * Owners by hash, without the hashed values: values with the same hash share their owners, which are tested again anyway. A
 * hundred thousand entries fit in 2 MB, and a look-up touches one place in memory.
 */
import { type Postings, PostingsBuilder, type Sink } from './postings.ts';

export class HashIndexBuilder {
  readonly #postings = new PostingsBuilder();
  #slots: Int32Array;
  #size = 0;

  /** Does not grow, which takes long, before it has so many hashes. */
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

  build(): HashIndex {
    return new HashIndex(this.#slots, this.#postings.build());
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

export class HashIndex {
  /** Pairs of a hash and the code of its owners, which is 0 in a free one: side by side, to be fetched as one. */
  readonly #slots: Int32Array;
  readonly #postings: Postings;

  constructor(slots: Int32Array, postings: Postings) {
    this.#slots = slots;
    this.#postings = postings;
  }

  find(hash: number, sink: Sink): void {
    const code = this.#slots[slotOf(this.#slots, hash) + 1] ?? 0;
    if (code !== 0) this.#postings.pour(code, sink);
  }
}

/** Where the hash is, or is to be. At most half of the slots are taken, so the search ends. */
function slotOf(slots: Int32Array, hash: number): number {
  const mask = slots.length - 1;
  let slot = (2 * hash) & mask;
  while (slots[slot + 1] !== 0 && slots[slot] !== hash) slot = (slot + 2) & mask;
  return slot;
}

/** 32 bits, signed. FNV-1a, mixed once more so that the low bits depend on all. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mixHash(hash, 0);
}

export function hashInteger(value: number): number {
  return mixHash(value | 0, 0);
}

/** Another hash for each seed. */
export function mixHash(hash: number, seed: number): number {
  const mixed = Math.imul(hash ^ Math.imul(seed, 0x9e3779b1) ^ (hash >>> 16), 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}
