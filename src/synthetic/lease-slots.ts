/** The slots that stand for a name, live or resting, indexed by number, by hostname and by IPv6 address. */
import { type Address, addressKey } from '../wire/address.ts';
import type { Lease } from './lease.ts';

export interface LeaseSlot {
  lease: Lease;
  resting: boolean;
  /** While live: when to check whether it is idle. While resting: when the rest began. Monotonic milliseconds. */
  timeMs: number;
  /** Key of the client that is charged for the slot (`SlotCharges`). */
  payer: string | undefined;
}

export class LeaseSlots {
  readonly #byNumber = new Map<number, LeaseSlot>();
  readonly #byHostname = new Map<string, LeaseSlot>();
  readonly #byIpv6 = new Map<string, LeaseSlot>();

  add(slot: LeaseSlot): void {
    this.#byNumber.set(slot.lease.slot, slot);
    this.#byHostname.set(slot.lease.hostname, slot);
    if (slot.lease.ipv6 !== undefined) this.#byIpv6.set(addressKey(slot.lease.ipv6), slot);
  }

  remove(slot: LeaseSlot): void {
    this.#byNumber.delete(slot.lease.slot);
    this.#byHostname.delete(slot.lease.hostname);
    if (slot.lease.ipv6 !== undefined) this.#byIpv6.delete(addressKey(slot.lease.ipv6));
  }

  atNumber(number: number | undefined): LeaseSlot | undefined {
    return number === undefined ? undefined : this.#byNumber.get(number);
  }

  ofHostname(hostname: string): LeaseSlot | undefined {
    return this.#byHostname.get(hostname);
  }

  ofIpv6(address: Address): LeaseSlot | undefined {
    return this.#byIpv6.get(addressKey(address));
  }

  all(): Iterable<LeaseSlot> {
    return this.#byNumber.values();
  }

  *live(): Generator<Lease> {
    for (const slot of this.#byNumber.values()) if (!slot.resting) yield slot.lease;
  }
}

export function liveLease(slot: LeaseSlot | undefined): Lease | undefined {
  return slot === undefined || slot.resting ? undefined : slot.lease;
}
