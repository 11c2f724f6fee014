/**
 * Whether each egress address is in service, as one shared word per address: the control thread writes, every worker
 * reads. An address without any probe result yet is in service.
 */

const UNPROVEN = 0;
const UP = 1;
const DOWN = 2;
const RESTING = 3;
export const HEALTH_STATES = ['unproven', 'up', 'down', 'resting'] as const;
const WORDS = { unproven: UNPROVEN, up: UP, down: DOWN, resting: RESTING } as const;

/** `resting`: answers again, but has flapped too much lately to be chosen while another address is in service. */
export type HealthState = (typeof HEALTH_STATES)[number];

export class EgressHealth {
  /** To be handed to a worker, which wraps it in an `EgressHealth` of its own. */
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  /** For `count` addresses, none of them probed yet. */
  static create(count: number): EgressHealth {
    return new EgressHealth(new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT));
  }

  /** Whether new flows should use the address; an invalid index is never up. */
  isUp(index: number): boolean {
    if (!this.answers(index)) return false;
    return Atomics.load(this.#words, index) !== RESTING;
  }

  /** Whether flows from the address get replies: it is up, or rests. */
  answers(index: number): boolean {
    return index >= 0 && index < this.#words.length && Atomics.load(this.#words, index) !== DOWN;
  }

  state(index: number): HealthState {
    return HEALTH_STATES[Atomics.load(this.#words, index)] ?? 'unproven';
  }

  /** Only the control thread calls this. */
  set(index: number, state: HealthState): void {
    Atomics.store(this.#words, index, WORDS[state]);
  }
}
