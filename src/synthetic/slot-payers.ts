/**
 * Whose quota each slot is counted in: his who took it, while it is live, and then until others might have it if there were no
 * other. So the names that a client leaves behind in a day keep it from nothing (it may be a forwarder with an office behind
 * it), and who takes up a name of the day before pays for it like for a new one.
 */
import { type Address, addressKey, addressOfKey } from '../wire/address.ts';
import { ClientQuota, type QuotaLimits } from './client-quota.ts';
import type { LeaseSlot } from './lease-slots.ts';
import { SlotQueue } from './slot-queue.ts';

/** How many slots are counted in a client's quota. */
export interface ClientLeases {
  readonly client: Address;
  readonly leases: number;
}

export class SlotPayers {
  readonly #quota: ClientQuota;
  /** Those that are paid for, in the order in which their rest began. */
  readonly #resting: SlotQueue;

  constructor(capacity: number, limits: QuotaLimits | undefined) {
    this.#quota = new ClientQuota(limits);
    this.#resting = new SlotQueue(capacity);
  }

  /** Whether the client may take one more slot now; without a client no quota applies. */
  allows(client: Address | undefined, nowMs: number): boolean {
    return client === undefined || this.#quota.allows(addressKey(client), nowMs);
  }

  /** The client takes a slot that nobody pays for. */
  begin(slot: LeaseSlot, client: Address | undefined, nowMs: number): void {
    if (client === undefined) return;
    slot.payer = addressKey(client);
    this.#quota.charge(slot.payer, nowMs);
  }

  /** To be called when the slot rests. */
  rest(slot: LeaseSlot): void {
    if (slot.payer !== undefined) this.#resting.add(slot.lease.slot);
  }

  /** To be called before the slot lives again. */
  wake(slot: LeaseSlot): void {
    if (slot.resting && slot.payer !== undefined) this.#resting.remove(slot.lease.slot);
  }

  /** Nobody pays for the slot any more. */
  end(slot: LeaseSlot): void {
    this.wake(slot);
    if (slot.payer !== undefined) this.#quota.refund(slot.payer);
    slot.payer = undefined;
  }

  /** Of every client that pays for some. */
  *leases(): Iterable<ClientLeases> {
    for (const [client, leases] of this.#quota.accounts()) yield { client: addressOfKey(client), leases };
  }

  /** The slot that has rested longest of those that are paid for. */
  get firstResting(): number | undefined {
    return this.#resting.first;
  }
}
