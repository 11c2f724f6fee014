/**
 * What the DNS front and the control thread share without a message: which generation of answers is valid, how many
 * queries wait for the control thread, and what the front has counted. Each counter has one writer, the front.
 *
 *      | Int32 generation | Int32 waiting queries | Float64 × counters |
 */
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
const WORD_BYTES = 2 * Int32Array.BYTES_PER_ELEMENT;

export class FrontState {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #counters: Float64Array<SharedArrayBuffer>;

  /** Over the buffer of another thread's, or a new one. */
  constructor(buffer?: SharedArrayBuffer) {
    this.buffer =
      buffer ?? new SharedArrayBuffer(WORD_BYTES + COUNTERS.length * Float64Array.BYTES_PER_ELEMENT);
    this.#words = new Int32Array(this.buffer, 0, 2);
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

  /** The front has posted so many queries; negative: the control thread has taken them. */
  addWaiting(queries: number): void {
    Atomics.add(this.#words, WAITING, queries);
  }

  count(counter: FrontCounter, amount = 1): void {
    const at = COUNTERS.indexOf(counter);
    this.#counters[at] = (this.#counters[at] ?? 0) + amount;
  }

  read(counter: FrontCounter): number {
    return this.#counters[COUNTERS.indexOf(counter)] ?? 0;
  }
}
