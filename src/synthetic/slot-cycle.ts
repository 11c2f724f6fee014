/** Keeps live and resting slots in order of their times, to find the idle and the rested ones. */
import type { Lease } from './lease.ts';
import type { LeaseSlot, LeaseSlots } from './lease-slots.ts';
import { LeaseUse } from './lease-use.ts';
import { SlotQueue } from './slot-queue.ts';

export class SlotCycle {
  readonly use: LeaseUse;
  readonly #slots: LeaseSlots;
  readonly #leaseMs: number;
  readonly #live: SlotQueue;
  readonly #resting: SlotQueue;

  /** `leaseMs`: how long a slot stays live after it was last renewed or used. */
  constructor(capacity: number, slots: LeaseSlots, leaseMs: number) {
    this.use = new LeaseUse(capacity);
    this.#slots = slots;
    this.#leaseMs = leaseMs;
    this.#live = new SlotQueue(capacity);
    this.#resting = new SlotQueue(capacity);
  }

  get live(): number {
    return this.#live.count;
  }

  get resting(): number {
    return this.#resting.count;
  }

  /** The slot's time must not be before that of any slot in the same state. */
  add(slot: LeaseSlot): void {
    this.#slots.add(slot);
    this.#queueOf(slot).add(slot.lease.slot);
  }

  /** Removes a slot that no longer stands for a name. */
  remove(slot: LeaseSlot): void {
    this.#queueOf(slot).remove(slot.lease.slot);
    this.#slots.remove(slot);
  }

  /** Makes the slot live for a full lease time from now on, even if it was resting. */
  keepLive(slot: LeaseSlot, nowMs: number): void {
    this.#move(slot, { resting: false, timeMs: nowMs + this.#leaseMs });
  }

  rest(slot: LeaseSlot, nowMs: number): void {
    this.#move(slot, { resting: true, timeMs: nowMs });
  }

  /** The first live slot whose idle check is due. */
  findDue(nowMs: number): LeaseSlot | undefined {
    const slot = this.#slots.atNumber(this.#live.first);
    return slot === undefined || slot.timeMs > nowMs ? undefined : slot;
  }

  /** Whether the slot has open flows or was used within the last lease time. */
  isInUse({ lease }: LeaseSlot, nowMs: number): boolean {
    if (this.use.openFlows(lease.slot) > 0) return true;
    const usedMs = this.use.lastUsedMs(lease.slot);
    return usedMs !== undefined && usedMs + this.#leaseMs > nowMs;
  }

  /** The earliest time at which a live slot's lease can end if it is neither requested nor used again. */
  endsAtMs({ lease, timeMs }: LeaseSlot): number {
    const usedMs = this.use.lastUsedMs(lease.slot);
    return usedMs === undefined ? timeMs : Math.max(timeMs, usedMs + this.#leaseMs);
  }

  /** The slot that has rested longest, if for at least `quarantineMs`. */
  findRested(nowMs: number, quarantineMs: number): LeaseSlot | undefined {
    for (;;) {
      const slot = this.#slots.atNumber(this.#resting.first);
      if (slot === undefined || slot.timeMs + quarantineMs > nowMs) return undefined;
      if (!this.#wasUsedInRest(slot.lease, slot.timeMs)) return slot;
      // A worker used the lease while it was being retired: the quarantine counts from that use.
      this.rest(slot, nowMs);
    }
  }

  #wasUsedInRest({ slot }: Lease, sinceMs: number): boolean {
    return this.use.openFlows(slot) > 0 || (this.use.lastUsedMs(slot) ?? 0) > sinceMs;
  }

  #move(slot: LeaseSlot, state: Pick<LeaseSlot, 'resting' | 'timeMs'>): void {
    this.#queueOf(slot).remove(slot.lease.slot);
    Object.assign(slot, state);
    this.#queueOf(slot).add(slot.lease.slot);
  }

  #queueOf({ resting }: LeaseSlot): SlotQueue {
    return resting ? this.#resting : this.#live;
  }
}
