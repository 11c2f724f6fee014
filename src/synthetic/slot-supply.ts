/**
 * Where new leases get their slots. Every sixteenth slot is held back as a spare: while leases cannot be persisted only
 * spares are leased. So after a restart it is known which slots may have a forgotten meaning: the spares, or the others
 * when the journal was lost. Those are left unused (fallow) for a while first.
 */
import { FreeSlots } from './free-slots.ts';

/**
 * What is known of the leases before the start, and which slots without a lease lie fallow:
 * - `none`: there were no leases; no slot.
 * - `known`: all leases but those that could not be persisted; the spares.
 * - `unknown`: the journal was lost; all but the spares, which only a second fault would have brought into use.
 * - `doubtful`: there may have been both faults; all slots.
 */
export type Past = 'none' | 'known' | 'unknown' | 'doubtful';

/** One slot in this many: 4096 names of a /16, for the time the disk is full. Chosen by us. */
const SPARE_EVERY = 16;
/** The remainder that makes a slot a spare; it is neither a range's first address nor its last. */
const SPARE_PLACE = 7;

export class SlotSupply {
  readonly #written: FreeSlots;
  readonly #spare: FreeSlots;
  readonly #past: Past;
  readonly #fallowUntilMs: number;
  #fallow: number[] = [];

  constructor(capacity: number, past: Past, fallowUntilMs: number) {
    this.#written = new FreeSlots(capacity);
    this.#spare = new FreeSlots(Math.ceil(capacity / SPARE_EVERY));
    this.#past = past;
    this.#fallowUntilMs = fallowUntilMs;
  }

  static isSpare(slot: number): boolean {
    return slot % SPARE_EVERY === SPARE_PLACE;
  }

  /** Slots that can be drawn. */
  get count(): number {
    return this.#written.count + this.#spare.count;
  }

  /** How many of them are spares. */
  get spare(): number {
    return this.#spare.count;
  }

  /** Slots that cannot be drawn yet. */
  get fallow(): number {
    return this.#fallow.length;
  }

  /** At the start: adds a slot for which no lease was restored. */
  addForgotten(slot: number): void {
    const reason = SlotSupply.isSpare(slot) ? 'known' : 'unknown';
    if (this.#past === reason || this.#past === 'doubtful') this.#fallow.push(slot);
    else this.add(slot);
  }

  /** Adds a slot that means nothing. */
  add(slot: number): void {
    (SlotSupply.isSpare(slot) ? this.#spare : this.#written).add(slot);
  }

  /** Draws a random slot: a spare only when there is no other, or when leases cannot be persisted (`isKept` is false). */
  draw(isKept: boolean): number | undefined {
    return (isKept ? this.#written.draw() : undefined) ?? this.#spare.draw();
  }

  /** Frees the fallow slots when their time is over; true when it just did. */
  endFallow(nowMs: number): boolean {
    if (this.#fallow.length === 0 || nowMs < this.#fallowUntilMs) return false;
    for (const slot of this.#fallow) this.add(slot);
    this.#fallow = [];
    return true;
  }
}
