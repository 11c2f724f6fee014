/**
 * A worker's copy of the leases: maps a synthetic address to its name and to everything that depends only on the name or
 * only on a real address, computed once by the control thread so that a SYN merely reads it.
 */
import type { GeoLocation } from '../../../catalog/geolocation.ts';
import type { Address } from '../../../wire/address.ts';
import { writeAddressWords } from '../../../wire/address-words.ts';
import { LeaseHolders } from './lease-holders.ts';

/** What the control thread posts when a lease is made, refreshed or changed. */
export interface LeaseFacts {
  readonly slot: number;
  readonly hostname: string;
  /** The CNAME targets behind it, if rules may match them too. */
  readonly aliases: readonly string[];
  /** The name itself and all its parents, longest first; then those of the aliases. */
  readonly domains: readonly string[];
  readonly applicationIds: readonly number[];
  readonly applicationTypeIds: readonly number[];
  readonly categoryIds: readonly number[];
  readonly ipv4: Address | undefined;
  readonly ipv6: Address | undefined;
  readonly real4: readonly Address[];
  readonly real6: readonly Address[];
  /** Whether it works for every client, and not only for those that received it in an answer (row S4). */
  readonly isShared: boolean;
  /** The location of each real address, in the same order. */
  readonly geo4: readonly (GeoLocation | undefined)[];
  readonly geo6: readonly (GeoLocation | undefined)[];
}

export class LeaseBook {
  readonly #byAddress = new Map<string, LeaseFacts>();
  readonly #bySlot = new Map<number, LeaseFacts>();
  readonly #holders = new LeaseHolders();
  readonly #words = new Uint32Array(4);

  get size(): number {
    return this.#bySlot.size;
  }

  put(lease: LeaseFacts): void {
    this.#takeOut(lease.slot);
    this.#bySlot.set(lease.slot, lease);
    for (const address of [lease.ipv4, lease.ipv6]) {
      if (address !== undefined) this.#byAddress.set(this.#keyOf(address), lease);
    }
  }

  remove(slot: number): void {
    this.#takeOut(slot);
    this.#holders.forget(slot);
  }

  /** The client has received the lease in an answer. */
  admit(slot: number, client: Address): void {
    this.#holders.add(slot, client);
  }

  /** Whether the client in `words[at..at+4)` may use the lease. */
  isOpenTo({ slot, isShared }: LeaseFacts, words: Uint32Array, at: number): boolean {
    return isShared || this.#holders.hasWords(slot, words, at);
  }

  #takeOut(slot: number): void {
    const lease = this.#bySlot.get(slot);
    if (lease === undefined) return;
    this.#bySlot.delete(slot);
    for (const address of [lease.ipv4, lease.ipv6]) {
      if (address !== undefined) this.#byAddress.delete(this.#keyOf(address));
    }
  }

  /** The lease of the synthetic address in `words[at..at+4)`. */
  find(words: Uint32Array, at: number): LeaseFacts | undefined {
    return this.#byAddress.get(keyOfWords(words, at));
  }

  get(slot: number): LeaseFacts | undefined {
    return this.#bySlot.get(slot);
  }

  #keyOf(address: Address): string {
    writeAddressWords(address, this.#words, 0);
    return keyOfWords(this.#words, 0);
  }
}

/** Allocates a text, but only for the first packet of a flow. */
function keyOfWords(words: Uint32Array, at: number): string {
  return `${words[at]}:${words[at + 1]}:${words[at + 2]}:${words[at + 3]}`;
}
