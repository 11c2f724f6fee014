/**
 * Supplies slots for new leases. Every sixteenth slot is reserved as a spare: while leases cannot be persisted, only spares are
 * leased. So after a restart it is known which slots may have had a lease that is lost: the spares, or the others if the journal
 * was lost. Those slots lie fallow (unused) for a while first.
 */
import { FreeSlots } from './free-slots.ts';

/**
 * What is known about the leases before the start, and which slots without a lease therefore lie fallow:
 * - `none`: there were no leases; no slot lies fallow.
 * - `persisted`: all leases are known except those that could not be persisted; the spares.
 * - `lost`: the journal was lost; all but the spares, which only a second fault would have brought into use.
 * - `uncertain`: both may have happened; all slots.
 */
export type LeaseHistory = 'none' | 'persisted' | 'lost' | 'uncertain';

/** One slot in this many is a spare: in a /16, 4096 names for the time that the disk is full. Chosen by us. */
const SPARE_EVERY = 16;
/** The remainder that marks a spare, chosen so that no spare is the first or the last address of a range. */
const SPARE_PLACE = 7;

export class SlotSupply {
  readonly #regular: FreeSlots;
  readonly #spare: FreeSlots;
  readonly #history: LeaseHistory;
  readonly #fallowUntilMs: number;
  #fallow: number[] = [];

  constructor(capacity: number, history: LeaseHistory, fallowUntilMs: number) {
    this.#regular = new FreeSlots(capacity);
    this.#spare = new FreeSlots(Math.ceil(capacity / SPARE_EVERY));
    this.#history = history;
    this.#fallowUntilMs = fallowUntilMs;
  }

  static isSpare(slot: number): boolean {
    return slot % SPARE_EVERY === SPARE_PLACE;
  }

  /** The number of slots that can be drawn. */
  get count(): number {
    return this.#regular.count + this.#spare.count;
  }

  /** The number of spares among them. */
  get spare(): number {
    return this.#spare.count;
  }

  /** The number of slots that cannot be drawn yet. */
  get fallow(): number {
    return this.#fallow.length;
  }

  /** Adds, at the start, a slot for which no lease was restored. */
  addForgotten(slot: number): void {
    const reason = SlotSupply.isSpare(slot) ? 'persisted' : 'lost';
    if (this.#history === reason || this.#history === 'uncertain') this.#fallow.push(slot);
    else this.add(slot);
  }

  /** Adds a slot that does not stand for a name. */
  add(slot: number): void {
    (SlotSupply.isSpare(slot) ? this.#spare : this.#regular).add(slot);
  }

  /** Draws a random slot: a spare only if there is no other, or if leases cannot be persisted. */
  draw(canPersist: boolean): number | undefined {
    return (canPersist ? this.#regular.draw() : undefined) ?? this.#spare.draw();
  }

  /** Frees the fallow slots when their time is over; returns whether it did so just now. */
  endFallow(nowMs: number): boolean {
    if (this.#fallow.length === 0 || nowMs < this.#fallowUntilMs) return false;
    for (const slot of this.#fallow) this.add(slot);
    this.#fallow = [];
    return true;
  }
}
