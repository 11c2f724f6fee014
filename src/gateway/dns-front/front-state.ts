/**
 * Memory shared by the DNS front and the control thread: the current generation of answers, the number of queries waiting for the
 * control thread, and the front's counters, which only the front writes.
 *
 *      | Int32 generation | Int32 waiting queries | Int32 salt | Int32 unused | Int32 waiting × shares | Float64 × counters |
 *
 * Waiting queries are counted by a salted hash of the client: two clients whose hashes collide share one quota until the gateway
 * restarts, but nobody can cause a collision on purpose.
 */
import { randomInt } from 'node:crypto';
import type { Address } from '../../wire/address.ts';

const COUNTERS = [
  /** Queries answered from the cache. */
  'answered',
  /** Answers among these that announce a lease. */
  'synthesized',
  /** Answers among these with NXDOMAIN. */
  'absent',
  /** Datagrams from addresses that do not belong to clients. */
  'refusedClients',
  /** Datagrams that are too large to be a query, or empty. */
  'ignored',
  /** Queries dropped because too many were waiting for the control thread. */
  'overload',
] as const;
export type FrontCounter = (typeof COUNTERS)[number];

const GENERATION = 0;
const WAITING = 1;
const SALT = 2;
const SHARES_AT = 4;
/** Far more hash values than clients with waiting queries. */
const SHARE_BITS = 14;
const WORDS = SHARES_AT + 2 ** SHARE_BITS;
const WORD_BYTES = WORDS * Int32Array.BYTES_PER_ELEMENT;
/** The 32-bit prime of FNV-1a, and a multiplier (MurmurHash3's) to mix all bits at the end. */
const FNV_PRIME = 0x01000193;
const FINAL_MULTIPLIER = 0x85ebca6b;

export class FrontState {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #counters: Float64Array<SharedArrayBuffer>;

  /** Uses the given buffer, from another thread, or creates one. */
  constructor(buffer?: SharedArrayBuffer) {
    this.buffer =
      buffer ?? new SharedArrayBuffer(WORD_BYTES + COUNTERS.length * Float64Array.BYTES_PER_ELEMENT);
    this.#words = new Int32Array(this.buffer, 0, WORDS);
    if (buffer === undefined) this.#words[SALT] = randomInt(2 ** 31);
    this.#counters = new Float64Array(this.buffer, WORD_BYTES);
  }

  /** Cached answers of earlier generations are invalid. */
  get generation(): number {
    return Atomics.load(this.#words, GENERATION);
  }

  /** Invalidates all cached answers. To be called before policy, catalogue or geolocation change. */
  endGeneration(): void {
    Atomics.add(this.#words, GENERATION, 1);
  }

  get waiting(): number {
    return Atomics.load(this.#words, WAITING);
  }

  /** The number of waiting queries of the client. */
  waitingOf(client: Address): number {
    return Atomics.load(this.#words, this.#shareOf(client));
  }

  /**
   * Adds to the number of waiting queries of the client: the front when it posts them, the control thread (negative) when it
   * starts them.
   */
  addWaiting(client: Address, queries: number): void {
    Atomics.add(this.#words, WAITING, queries);
    Atomics.add(this.#words, this.#shareOf(client), queries);
  }

  #shareOf(client: Address): number {
    let hash = this.#words[SALT] ?? 0;
    for (const byte of client) hash = Math.imul(hash ^ byte, FNV_PRIME);
    hash = Math.imul(hash ^ (hash >>> 15), FINAL_MULTIPLIER);
    return SHARES_AT + (hash >>> (32 - SHARE_BITS));
  }

  count(counter: FrontCounter, amount = 1): void {
    const at = COUNTERS.indexOf(counter);
    this.#counters[at] = (this.#counters[at] ?? 0) + amount;
  }

  read(counter: FrontCounter): number {
    return this.#counters[COUNTERS.indexOf(counter)] ?? 0;
  }
}
