/**
 * The addresses that flows share, each stored once and reference-counted: clients, what they dial, egress addresses. An
 * address is four words, IPv4 in the last, and is identified by the index of its first word in the array that also holds
 * the flows' records. Nothing is allocated after construction.
 */
import { isSameAddress } from '../wire/address-words.ts';
import { finishHash, hashWords } from './flow-hash.ts';
import { HashIndex } from './hash-index.ts';

const WORDS = 4;

export class SharedAddresses {
  readonly #words: Uint32Array;
  readonly #from: number;
  readonly #seed: number;
  readonly #index: HashIndex;
  /** By number: how many hold the address; for a free one, the number plus one of the next free one. */
  readonly #holders: Uint32Array;
  /** Number plus one of the first free address, 0 for none. */
  #free = 0;
  /** Numbers from here on were never used. */
  #fresh = 0;
  #size = 0;

  /** Uses the words from `from` on, four for each of `capacity` addresses. */
  constructor(words: Uint32Array, from: number, capacity: number, seed: number) {
    this.#words = words;
    this.#from = from;
    this.#seed = seed;
    this.#index = new HashIndex(capacity, (number) => this.#hash(words, this.#placeOf(number)));
    this.#holders = new Uint32Array(capacity);
  }

  /** Distinct addresses that are held. */
  get size(): number {
    return this.#size;
  }

  /** Stores the address at `words[at..at+4)` if needed; returns its place, which is valid until every hold is released. */
  hold(words: Uint32Array, at: number): number {
    const hash = this.#hash(words, at);
    const number = this.#find(hash, words, at);
    if (number === -1) return this.#add(hash, words, at);
    this.#holders[number] = (this.#holders[number] ?? 0) + 1;
    return this.#placeOf(number);
  }

  /** Releases a hold. The address itself can be read until the next `hold`. */
  release(place: number): void {
    const number = (place - this.#from) / WORDS;
    const left = (this.#holders[number] ?? 0) - 1;
    this.#holders[number] = left;
    if (left > 0) return;
    this.#index.remove(this.#hash(this.#words, place), number);
    this.#holders[number] = this.#free;
    this.#free = number + 1;
    this.#size--;
  }

  #find(hash: number, words: Uint32Array, at: number): number {
    let entry = this.#index.first(hash);
    while (entry !== -1) {
      const number = this.#index.idAt(entry);
      if (isSameAddress(this.#words, this.#placeOf(number), words, at)) return number;
      entry = this.#index.next(hash, entry);
    }
    return -1;
  }

  #add(hash: number, words: Uint32Array, at: number): number {
    const number = this.#takeNumber();
    const place = this.#placeOf(number);
    for (let word = 0; word < WORDS; word++) this.#words[place + word] = words[at + word] ?? 0;
    this.#holders[number] = 1;
    this.#index.add(hash, number);
    this.#size++;
    return place;
  }

  #takeNumber(): number {
    if (this.#free === 0) return this.#fresh++;
    const number = this.#free - 1;
    this.#free = this.#holders[number] ?? 0;
    return number;
  }

  #placeOf(number: number): number {
    return this.#from + number * WORDS;
  }

  #hash(words: Uint32Array, at: number): number {
    return finishHash(hashWords(this.#seed, words, at, WORDS));
  }
}
