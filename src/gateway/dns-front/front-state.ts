/**
 * Memory shared by the DNS front and the control thread: which generation of answers is valid, how many queries wait for
 * the control thread, and the front's counters, which only the front writes.
 *
 *      | Int32 generation | Int32 waiting queries | Int32 salt | Int32 unused | Int32 waiting × shares | Float64 × counters |
 *
 * Clients are told apart by a salted hash: two clients that collide share one client's quota until the gateway restarts,
 * but nobody can collide on purpose.
 */
import { randomInt } from 'node:crypto';
import type { Address } from '../../wire/address.ts';

const COUNTERS = [
  /** Given from what was kept. */
  'answered',
  /** Those of them that announce a lease. */
  'synthesized',
  /** Those of them that say NXDOMAIN. */
  'absent',
  /** From addresses that are no client's. */
  'refusedClients',
  /** Too large to be a query, or empty. */
  'ignored',
  /** Because too many were waiting for the control thread. */
  'overload',
] as const;
export type FrontCounter = (typeof COUNTERS)[number];

const GENERATION = 0;
const WAITING = 1;
const SALT = 2;
const SHARES_AT = 4;
/** Far more than clients that have queries waiting at one time. */
const SHARE_BITS = 14;
const WORDS = SHARES_AT + 2 ** SHARE_BITS;
const WORD_BYTES = WORDS * Int32Array.BYTES_PER_ELEMENT;
/** The prime of FNV-1a for 32 bits, and a finish that lets every bit of it count (murmur3's). */
const FNV_PRIME = 0x01000193;
const FINISH = 0x85ebca6b;

export class FrontState {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #counters: Float64Array<SharedArrayBuffer>;

  /** Over the buffer of another thread's, or a new one. */
  constructor(buffer?: SharedArrayBuffer) {
    this.buffer =
      buffer ?? new SharedArrayBuffer(WORD_BYTES + COUNTERS.length * Float64Array.BYTES_PER_ELEMENT);
    this.#words = new Int32Array(this.buffer, 0, WORDS);
    if (buffer === undefined) this.#words[SALT] = randomInt(2 ** 31);
    this.#counters = new Float64Array(this.buffer, WORD_BYTES);
  }

  /** Answers that were made in an earlier one are not given again. */
  get generation(): number {
    return Atomics.load(this.#words, GENERATION);
  }

  /** To be called before that changes which answers are made of. */
  endGeneration(): void {
    Atomics.add(this.#words, GENERATION, 1);
  }

  get waiting(): number {
    return Atomics.load(this.#words, WAITING);
  }

  /** Of those, the client's. */
  waitingOf(client: Address): number {
    return Atomics.load(this.#words, this.#shareOf(client));
  }

  /** The front posts so many queries of the client; negative: the control thread has begun them. */
  addWaiting(client: Address, queries: number): void {
    Atomics.add(this.#words, WAITING, queries);
    Atomics.add(this.#words, this.#shareOf(client), queries);
  }

  #shareOf(client: Address): number {
    let hash = this.#words[SALT] ?? 0;
    for (const byte of client) hash = Math.imul(hash ^ byte, FNV_PRIME);
    hash = Math.imul(hash ^ (hash >>> 15), FINISH);
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
