/**
 * Where new leases take their slots from. Every sixteenth slot is spare: while leases cannot be written down, spare ones
 * alone are leased. So after a restart it is known which slots may mean a name that nobody remembers: the spare ones, or
 * the others when the journal was lost. Those lie fallow before they are leased.
 */
import { FreeSlots } from './free-slots.ts';

/**
 * What is known of the leases before the start: there were none; all but those that could not be written down; nothing; not
 * enough to tell, so that all slots without a lease lie fallow. After a loss the spare slots are leased at once, since it
 * takes a second misfortune for them to have been in use.
 */
export type Past = 'none' | 'known' | 'unknown' | 'doubtful';

/** One part in so many: 4096 names of a /16, for the time the disk is full. Chosen by us. */
const SPARE_EVERY = 16;
/** Which of them; neither a range's first address nor its last. */
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

  /** Those of them that are for the time when leases cannot be written down. */
  get spare(): number {
    return this.#spare.count;
  }

  /** Slots that are not drawn yet. */
  get fallow(): number {
    return this.#fallow.length;
  }

  /** At the start: the slot means nothing as far as is remembered. */
  addForgotten(slot: number): void {
    const reason = SlotSupply.isSpare(slot) ? 'known' : 'unknown';
    if (this.#past === reason || this.#past === 'doubtful') this.#fallow.push(slot);
    else this.add(slot);
  }

  /** The slot means nothing. */
  add(slot: number): void {
    (SlotSupply.isSpare(slot) ? this.#spare : this.#written).add(slot);
  }

  /** A slot at random, a spare one only when there is no other or when `isKept`, whether leases can be written down, is false. */
  draw(isKept: boolean): number | undefined {
    return (isKept ? this.#written.draw() : undefined) ?? this.#spare.draw();
  }

  /** True when fallow slots have just become free. */
  endFallow(nowMs: number): boolean {
    if (this.#fallow.length === 0 || nowMs < this.#fallowUntilMs) return false;
    for (const slot of this.#fallow) this.add(slot);
    this.#fallow = [];
    return true;
  }
}
