/**
 * The pool of synthetic addresses. The life cycle of a slot:
 *
 *      free ──issue──▶ live ──idle for a whole lease──▶ resting ──quarantine over──▶ free
 *                       ▲                                 │
 *                       └───────the same name again───────┘
 *
 * Thus no address stands for two names within the quarantine. The pool has no clock: the caller passes the time in monotonic
 * milliseconds, of the same clock as in `LeaseUse`. Every operation is O(1) on average, however full the pool is.
 */
import { type Address, familyOf } from '../wire/address.ts';
import { answerTtl } from './answer-ttl.ts';
import { type Lease, type RealAddresses, sameAddresses } from './lease.ts';
import {
  type IssuedLease,
  type LeasePoolOptions,
  type LeaseRefusal,
  type LeaseRequest,
  type PoolCapacity,
  type RealAddressUpdate,
  type RestoredLease,
  SHORTEST_LEASE_MS,
} from './lease-pool-options.ts';
import { type LeaseSlot, LeaseSlots, liveLease } from './lease-slots.ts';
import type { LeaseUse } from './lease-use.ts';
import { SlotAddresses } from './slot-addresses.ts';
import { type ClientLeases, SlotCharges } from './slot-charges.ts';
import { SlotCycle } from './slot-cycle.ts';
import { SlotSupply } from './slot-supply.ts';
import { countSlots } from './synthetic-range.ts';

const DEFAULT_SHORTEST_QUARANTINE_MS = 600_000;
/** Minimum validity of real addresses, so that a TTL of 0 does not cause constant look-ups. Chosen by us. */
const REFRESH_FLOOR_SECONDS = 10;
/** Slots per sweep: some 20 ms of work, since each is a write to the database. Chosen by us. */
const MOST_SWEPT = 1000;
/** Slots swept for each new lease: more than one, so that slots are freed faster than they are taken. */
const MOST_SWEPT_TO_BEGIN = 4;

export class LeasePool {
  readonly #options: LeasePoolOptions;
  readonly #shortestQuarantineMs: number;
  readonly #usable: number;
  readonly #free: SlotSupply;
  readonly #slots = new LeaseSlots();
  readonly #cycle: SlotCycle;
  readonly #addresses: SlotAddresses;
  readonly #charges: SlotCharges;

  /** Throws RangeError for ranges or times that are out of bounds. */
  constructor(options: LeasePoolOptions) {
    const { ranges, leaseMs, quarantineMs } = options;
    if (!(leaseMs >= SHORTEST_LEASE_MS) || !(quarantineMs >= 1)) {
      throw new RangeError(
        `Cannot make a lease pool: a lease of ${leaseMs} ms with a quarantine of ${quarantineMs} ms, wanted are at least ${SHORTEST_LEASE_MS} and 1`,
      );
    }
    const slots = countSlots(ranges);
    this.#options = options;
    const shortest = options.shortestQuarantineMs ?? DEFAULT_SHORTEST_QUARANTINE_MS;
    this.#shortestQuarantineMs = Math.max(1, Math.min(shortest, quarantineMs));
    this.#addresses = new SlotAddresses(ranges, options.reserved);
    this.#charges = new SlotCharges(slots, options.quota);
    const { history = 'none', nowMs = 0 } = options;
    this.#free = new SlotSupply(slots, history, nowMs + this.#shortestQuarantineMs);
    this.#cycle = new SlotCycle(slots, this.#slots, leaseMs);
    for (const lease of options.restored ?? []) this.#restore(lease, slots, nowMs);
    this.#usable = this.#addFree(slots);
  }

  /** Use of the leases, in memory shared with the packet workers. */
  get use(): LeaseUse {
    return this.#cycle.use;
  }

  /** The lease of a name: its current one, extended, or a new one. Never an address that may still stand for another name. */
  issue(request: LeaseRequest, nowMs: number): IssuedLease | LeaseRefusal {
    const { ranges } = this.#options;
    if ((request.family === 4 ? ranges.ipv4 : ranges.ipv6) === undefined) return 'family-without-range';
    const known = this.#slots.ofHostname(request.hostname);
    const slot = known === undefined ? this.#begin(request, nowMs) : this.#resume(known, request, nowMs);
    if (typeof slot === 'string') return slot;
    const revived = known === undefined || known.resting;
    this.#cycle.keepLive(slot, nowMs);
    const moved = this.#recordAddresses(slot, request, nowMs);
    return {
      lease: slot.lease,
      ttlSeconds: answerTtl(request.ttlSeconds, this.#options),
      changed: revived || moved,
      isNew: known === undefined,
    };
  }

  /** Whether the client's quota permits a lease for the name now; a name that already has one is not charged. */
  allows(hostname: string, client: Address, nowMs: number): boolean {
    const slot = this.#slots.ofHostname(hostname);
    return (slot !== undefined && isCharged(slot)) || this.#charges.allows(client, nowMs);
  }

  /** The number of leases charged to each client. */
  leasesByClient(): Iterable<ClientLeases> {
    return this.#charges.leases();
  }

  /** Undoes a new lease that was neither persisted nor announced. Returns false for a spare slot, whose lease remains. */
  withdraw({ slot: number }: Lease): boolean {
    const slot = this.#slots.atNumber(number);
    if (slot === undefined || SlotSupply.isSpare(number)) return false;
    this.#forget(slot);
    this.#free.add(number);
    return true;
  }

  /** Updates a name's real addresses without extending its lease; returns the lease if they have changed. */
  renew(real: RealAddressUpdate, nowMs: number): Lease | undefined {
    const slot = this.#slots.ofHostname(real.hostname);
    if (slot === undefined || slot.resting) return undefined;
    return this.#recordAddresses(slot, real, nowMs) ? slot.lease : undefined;
  }

  /** The live lease of a name. */
  find(hostname: string): Lease | undefined {
    return liveLease(this.#slots.ofHostname(hostname));
  }

  /** The live lease of a synthetic address; undefined if it has none. */
  leaseOf(address: Address): Lease | undefined {
    if (familyOf(address) === 6) return liveLease(this.#slots.ofIpv6(address));
    return liveLease(this.#slots.atNumber(this.#addresses.slotOf(address)));
  }

  /** The earliest time at which the lease can end if it is neither requested nor used again; undefined if it has ended. */
  expiresAtMs(lease: Lease): number | undefined {
    const slot = this.#slots.ofHostname(lease.hostname);
    return slot === undefined || slot.resting ? undefined : this.#cycle.endsAtMs(slot);
  }

  /** All live and resting leases, to be persisted. */
  *remembered(): Generator<RestoredLease> {
    for (const { lease, resting } of this.#slots.all()) yield { ...lease, resting };
  }

  /** All live leases. */
  leases(): Iterable<Lease> {
    return this.#slots.live();
  }

  /** Ends idle leases and frees slots that have rested, at most `most` of each. Call it every few seconds. */
  sweep(nowMs: number, most = MOST_SWEPT): void {
    if (this.#free.endFallow(nowMs)) this.#options.onFallowEnd?.();
    for (let left = most; left > 0; left--) {
      const slot = this.#cycle.findDue(nowMs);
      if (slot === undefined) break;
      if (this.#cycle.isInUse(slot, nowMs)) this.#cycle.keepLive(slot, nowMs);
      else this.#retire(slot, nowMs);
    }
    this.#dropCharges(nowMs, most);
    for (let left = most; left > 0; left--) {
      const number = this.#endRest(nowMs, this.#options.quarantineMs);
      if (number === undefined) return;
      this.#free.add(number);
    }
  }

  get capacity(): PoolCapacity {
    const { count: free, spare, fallow } = this.#free;
    const resting = this.#cycle.resting + fallow;
    return { usable: this.#usable, free, spare, live: this.#cycle.live, resting };
  }

  /** Adds all slots that are neither reserved nor restored to the free ones; returns the number of slots that can be leased. */
  #addFree(slots: number): number {
    let usable = 0;
    // The network address and the broadcast address are never leased.
    for (let slot = 1; slot < slots - 1; slot++) {
      if (this.#addresses.isReserved(slot)) continue;
      usable++;
      if (this.#slots.atNumber(slot) === undefined) this.#free.addForgotten(slot);
    }
    return usable;
  }

  /**
   * It is not known for how long the gateway was down, so a live lease gets a full lease time from now on, and the quarantine of
   * a resting one starts again: longer than necessary, never shorter.
   */
  #restore({ resting, ...lease }: RestoredLease, slots: number, nowMs: number): void {
    const { slot, hostname, ipv6 } = lease;
    const fits = slot >= 1 && slot < slots - 1 && !this.#addresses.isReserved(slot);
    const isTaken = this.#slots.atNumber(slot) ?? this.#slots.ofHostname(hostname);
    if (!fits || isTaken !== undefined || (ipv6 !== undefined && this.#slots.ofIpv6(ipv6) !== undefined))
      return;
    const timeMs = resting ? nowMs : nowMs + this.#options.leaseMs;
    this.#cycle.add({ lease, resting, timeMs, payer: undefined });
  }

  /** Takes a slot for a name that has none, and adds it to the live ones. */
  #begin(request: LeaseRequest, nowMs: number): LeaseSlot | LeaseRefusal {
    this.sweep(nowMs, MOST_SWEPT_TO_BEGIN);
    if (!this.#charges.allows(request.client, nowMs)) return 'client-quota';
    const isKept = this.#options.isKept?.() ?? true;
    const number = this.#free.draw(isKept) ?? this.#endRest(nowMs, this.#shortestQuarantineMs);
    if (number === undefined) return 'pool-exhausted';
    this.use.forgetUse(number);
    const lease = this.#newLease(number, request.hostname);
    const slot: LeaseSlot = { lease, resting: false, timeMs: nowMs, payer: undefined };
    this.#charges.begin(slot, request.client, nowMs);
    this.#cycle.add(slot);
    return slot;
  }

  /** Reuses the slot of a name that has one, charging it anew if necessary. */
  #resume(slot: LeaseSlot, { client }: LeaseRequest, nowMs: number): LeaseSlot | LeaseRefusal {
    this.#charges.wake(slot);
    if (isCharged(slot)) return slot;
    if (!this.#charges.allows(client, nowMs)) return 'client-quota';
    this.#charges.begin(slot, client, nowMs);
    return slot;
  }

  #newLease(slot: number, hostname: string): Lease {
    return {
      slot,
      hostname,
      ipv4: this.#addresses.ipv4Of(slot),
      ipv6: this.#addresses.drawIpv6((address) => this.#slots.ofIpv6(address) !== undefined),
      real4: undefined,
      real6: undefined,
    };
  }

  /** Stores the family's real addresses; true if they have changed. */
  #recordAddresses(slot: LeaseSlot, request: RealAddressUpdate, nowMs: number): boolean {
    const before = request.family === 4 ? slot.lease.real4 : slot.lease.real6;
    const real: RealAddresses = {
      addresses: request.addresses,
      aliases: request.aliases ?? [],
      refreshAtMs: nowMs + Math.max(REFRESH_FLOOR_SECONDS, request.ttlSeconds) * 1000,
    };
    slot.lease = { ...slot.lease, [request.family === 4 ? 'real4' : 'real6']: real };
    return before === undefined || !sameAddresses(before, real);
  }

  /** Drops the charges for slots that have rested for the shortest quarantine, after which they can be leased if necessary. */
  #dropCharges(nowMs: number, most: number): void {
    for (let left = most; left > 0; left--) {
      const slot = this.#slots.atNumber(this.#charges.firstResting);
      if (slot === undefined || slot.timeMs + this.#shortestQuarantineMs > nowMs) return;
      this.#charges.end(slot);
    }
  }

  #retire(slot: LeaseSlot, nowMs: number): void {
    this.#cycle.rest(slot, nowMs);
    this.#charges.rest(slot);
    this.#options.onRetire?.(slot.lease);
  }

  /** Ends the rest of the slot that has rested longest, if for at least `quarantineMs`, and forgets its name. */
  #endRest(nowMs: number, quarantineMs: number): number | undefined {
    const slot = this.#cycle.findRested(nowMs, quarantineMs);
    if (slot === undefined || this.#options.onFree?.(slot.lease.slot) === false) return undefined;
    this.#forget(slot);
    return slot.lease.slot;
  }

  #forget(slot: LeaseSlot): void {
    this.#charges.end(slot);
    this.#cycle.remove(slot);
  }
}

/** Whether the slot needs no further charge. A live slot that is not charged is from before a restart. */
function isCharged({ resting, payer }: LeaseSlot): boolean {
  return !resting || payer !== undefined;
}
