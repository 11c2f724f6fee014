/**
 * Which of a name's real addresses a new flow goes to: always the same for one client as long as it answers (rendezvous
 * hashing, so that neither the order of the records nor other addresses coming and going matter), and another one while it
 * does not (row X2). Bad health counts for one lease only: other names may use other ports of the address.
 */
import type { Address } from '../../../wire/address.ts';
import { writeAddressWords } from '../../../wire/address-words.ts';
import type { LeaseFacts } from './lease-book.ts';

/** How long an address that did not answer is avoided, unless it answers earlier. Chosen by us. */
const AVOIDED_MS = 60_000;
/** Addresses remembered as bad; the oldest is forgotten first. Chosen by us. */
const CAPACITY = 4096;

export class RealAddressChoice {
  /** Until when, by lease and address, in the order in which they were noticed. */
  readonly #avoided = new Map<string, number>();
  readonly #words = new Uint32Array(4);

  /** The real address for a new flow of the client in `client[0..4)`; undefined when the name has none of the family. */
  choose(
    { slot, real4, real6 }: LeaseFacts,
    family: 4 | 6,
    client: Uint32Array,
    nowMs: number,
  ): Address | undefined {
    const addresses = family === 4 ? real4 : real6;
    if (addresses.length < 2) return addresses[0];
    let best: Address | undefined;
    let bestUntil = 0;
    let bestRank = -1;
    for (const address of addresses) {
      writeAddressWords(address, this.#words, 0);
      const until = this.#avoidedUntil(slot, nowMs);
      const rank = rankOf(client, this.#words);
      // When all are silent, the one that has been for longest.
      if (best !== undefined && (until > bestUntil || (until === bestUntil && rank <= bestRank))) continue;
      best = address;
      bestUntil = until;
      bestRank = rank;
    }
    return best;
  }

  /** The real address in `words[at..at+4)` did not answer for this lease. */
  avoid(slot: number, words: Uint32Array, at: number, nowMs: number): void {
    const key = keyOf(slot, words, at);
    this.#avoided.delete(key);
    this.#avoided.set(key, nowMs + AVOIDED_MS);
    for (const oldest of this.#avoided.keys()) {
      if (this.#avoided.size <= CAPACITY) return;
      this.#avoided.delete(oldest);
    }
  }

  /** It has answered. */
  trust(slot: number, words: Uint32Array, at: number): void {
    if (this.#avoided.size > 0) this.#avoided.delete(keyOf(slot, words, at));
  }

  #avoidedUntil(slot: number, nowMs: number): number {
    const until = this.#avoided.get(keyOf(slot, this.#words, 0)) ?? 0;
    return until > nowMs ? until : 0;
  }
}

function keyOf(slot: number, words: Uint32Array, at: number): string {
  return `${slot}:${words[at]}:${words[at + 1]}:${words[at + 2]}:${words[at + 3]}`;
}

/** The rendezvous weight of this address for this client: 32 well-mixed bits (the finalizer of MurmurHash3). */
function rankOf(client: Uint32Array, address: Uint32Array): number {
  let hash = 0;
  for (let word = 0; word < 4; word++) {
    hash = mix(hash ^ (client[word] ?? 0));
    hash = mix(hash ^ (address[word] ?? 0));
  }
  return hash >>> 0;
}

function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) + 0x9e37_79b9;
}
