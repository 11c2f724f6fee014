/**
 * Charges slots to clients' quotas: a slot is charged to the client that caused the lease, while the lease is live and during
 * the shortest quarantine. So names used yesterday cost nothing today (the client may be a forwarder for a whole office), and
 * leasing an old name again is charged like a new one.
 */
import { type Address, addressKey, addressOfKey } from '../wire/address.ts';
import { ClientQuota, type QuotaLimits } from './client-quota.ts';
import type { LeaseSlot } from './lease-slots.ts';
import { SlotQueue } from './slot-queue.ts';

/** The number of slots charged to a client. */
export interface ClientLeases {
  readonly client: Address;
  readonly leases: number;
}

export class SlotCharges {
  readonly #quota: ClientQuota;
  /** Resting slots that are still charged, in the order in which their rest began. */
  readonly #resting: SlotQueue;

  constructor(capacity: number, limits: QuotaLimits | undefined) {
    this.#quota = new ClientQuota(limits);
    this.#resting = new SlotQueue(capacity);
  }

  /** Whether the client may take another slot now; without a client, no quota applies. */
  allows(client: Address | undefined, nowMs: number): boolean {
    return client === undefined || this.#quota.allows(addressKey(client), nowMs);
  }

  /** Charges the client for a slot that nobody is charged for. */
  begin(slot: LeaseSlot, client: Address | undefined, nowMs: number): void {
    if (client === undefined) return;
    slot.payer = addressKey(client);
    this.#quota.charge(slot.payer, nowMs);
  }

  /** Call when the slot begins to rest. */
  rest(slot: LeaseSlot): void {
    if (slot.payer !== undefined) this.#resting.add(slot.lease.slot);
  }

  /** Call before a resting slot becomes live again. */
  wake(slot: LeaseSlot): void {
    if (slot.resting && slot.payer !== undefined) this.#resting.remove(slot.lease.slot);
  }

  /** Drops the charge for the slot. */
  end(slot: LeaseSlot): void {
    this.wake(slot);
    if (slot.payer !== undefined) this.#quota.refund(slot.payer);
    slot.payer = undefined;
  }

  /** The clients that are charged for slots. */
  *leases(): Iterable<ClientLeases> {
    for (const [client, leases] of this.#quota.accounts()) yield { client: addressOfKey(client), leases };
  }

  /** The slot that has rested longest among those that are still charged. */
  get firstResting(): number | undefined {
    return this.#resting.first;
  }
}
