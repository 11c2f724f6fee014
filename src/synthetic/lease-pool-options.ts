/** What a lease pool is made from, asked for and answers with. */
import type { Address, Family } from '../wire/address.ts';
import type { QuotaLimits } from './client-quota.ts';
import type { Lease } from './lease.ts';
import type { Past } from './slot-supply.ts';
import type { SyntheticRanges } from './synthetic-range.ts';

/** An answer lives for half a lease at most, and for a second at least. */
export const SHORTEST_LEASE_MS = 2000;

export interface LeasePoolOptions {
  readonly ranges: SyntheticRanges;
  /** How long a lease lasts after it was last answered, used, or held by an open flow. */
  readonly leaseMs: number;
  /** How long an address rests before it may mean another name, while the pool has room. */
  readonly quarantineMs: number;
  /** How long at least, when it has none. Default ten minutes, or `quarantineMs` if that is less. */
  readonly shortestQuarantineMs?: number;
  /** The most an answer's TTL may say; half a lease is never exceeded, so that the lease outlives the answer. */
  readonly ttlSeconds: number;
  /** Addresses of the ranges that are somebody's already: the resolver's own. */
  readonly reserved: readonly Address[];
  /** Default `DEFAULT_QUOTA`. */
  readonly quota?: QuotaLimits;
  /** Called when an address stops meaning its name, before anything else can happen to it. */
  readonly onRetire?: (lease: Lease) => void;
  /** Asked when a slot has rested, before it means another name; while it answers false the slot goes on resting. */
  readonly onFree?: (slot: number) => boolean;
  /** Whether leases are written down now; while they are not, only spare slots are leased (`SlotSupply`). Default: always. */
  readonly isKept?: () => boolean;
  /** What slots meant before a restart; what does not fit the ranges is left out. */
  readonly restored?: readonly RestoredLease[];
  /** How far `restored` can be relied upon. Default `none`. */
  readonly past?: Past;
  /** Called when slots that may have meant what nobody remembers have rested. */
  readonly onFallowEnd?: () => void;
  /** Monotonic milliseconds; restored leases live, or rest, from then on. Default 0. */
  readonly nowMs?: number;
}

/** A lease from before a restart. */
export interface RestoredLease extends Lease {
  readonly resting: boolean;
}

/** Where a name really is. */
export interface RealRequest {
  /** Lower case, no trailing dot. */
  readonly hostname: string;
  /** Of the question, and of the addresses. */
  readonly family: Family;
  /** Where the host really is. */
  readonly addresses: readonly Address[];
  /** The CNAME targets on the way there. Default: none. */
  readonly aliases?: readonly string[];
  /** How long these addresses may be believed. */
  readonly ttlSeconds: number;
}

export interface LeaseRequest extends RealRequest {
  /** Who asks; without one no quota applies. */
  readonly client: Address | undefined;
}

export interface IssuedLease {
  readonly lease: Lease;
  /** For the answer. */
  readonly ttlSeconds: number;
  /** Whether workers must be told: the lease is new, lives again, or its real addresses are others. */
  readonly changed: boolean;
  /** Nobody has heard of it before. */
  readonly isNew: boolean;
}

export type LeaseRefusal = 'pool-exhausted' | 'client-quota' | 'family-without-range';

export interface PoolCapacity {
  /** Slots that can be leased at all. */
  readonly usable: number;
  /** Spare ones included. */
  readonly free: number;
  /** Free ones that are for the time when leases cannot be written down. */
  readonly spare: number;
  readonly live: number;
  readonly resting: number;
}
