/** Which clients have received a lease in an answer, for leases that only those may use (row S4). */

import type { Address } from '../../../wire/address.ts';
import { addressWords } from '../../../wire/address-words.ts';

export class LeaseHolders {
  readonly #bySlot = new Map<number, Set<string>>();

  /** True when the client is a new holder. */
  add(slot: number, client: Address): boolean {
    const key = keyOf(addressWords(client), 0);
    const holders = this.#bySlot.get(slot) ?? new Set();
    this.#bySlot.set(slot, holders);
    if (holders.has(key)) return false;
    holders.add(key);
    return true;
  }

  has(slot: number, client: Address): boolean {
    return this.hasWords(slot, addressWords(client), 0);
  }

  /** The client in `words[at..at+4)`. */
  hasWords(slot: number, words: Uint32Array, at: number): boolean {
    return this.#bySlot.get(slot)?.has(keyOf(words, at)) ?? false;
  }

  /** The lease has ended. */
  forget(slot: number): void {
    this.#bySlot.delete(slot);
  }
}

function keyOf(words: Uint32Array, at: number): string {
  return `${words[at]}:${words[at + 1]}:${words[at + 2]}:${words[at + 3]}`;
}
