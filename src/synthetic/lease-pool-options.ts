/** Options, requests and results of the lease pool. */
import type { Address, Family } from '../wire/address.ts';
import type { QuotaLimits } from './client-quota.ts';
import type { Lease } from './lease.ts';
import type { Past } from './slot-supply.ts';
import type { SyntheticRanges } from './synthetic-range.ts';

/** An answer's TTL is at most half a lease, and at least a second. */
export const SHORTEST_LEASE_MS = 2000;

export interface LeasePoolOptions {
  readonly ranges: SyntheticRanges;
  /** How long a lease lasts after it was last answered, used, or held by an open flow. */
  readonly leaseMs: number;
  /** How long an address rests before it may mean another name, while the pool has room. */
  readonly quarantineMs: number;
  /** How long it rests at least when the pool is full. Default ten minutes, or `quarantineMs` if that is less. */
  readonly shortestQuarantineMs?: number;
  /** Upper bound of an answer's TTL, which never exceeds half a lease either, so that the lease outlives the answer. */
  readonly ttlSeconds: number;
  /** Addresses of the ranges that are never leased: the resolver's own. */
  readonly reserved: readonly Address[];
  /** Default `DEFAULT_QUOTA`. */
  readonly quota?: QuotaLimits;
  /** Called when an address stops meaning its name, before anything else can happen to it. */
  readonly onRetire?: (lease: Lease) => void;
  /** Asked when a slot has rested, before it may mean another name; on false the slot goes on resting. */
  readonly onFree?: (slot: number) => boolean;
  /** Whether leases can be persisted now; while they cannot, only spare slots are leased (`SlotSupply`). Default: always. */
  readonly isKept?: () => boolean;
  /** What slots meant before a restart; leases that do not fit the ranges are ignored. */
  readonly restored?: readonly RestoredLease[];
  /** How complete `restored` is. Default `none`. */
  readonly past?: Past;
  /** Called when the fallow slots become free (`SlotSupply`). */
  readonly onFallowEnd?: () => void;
  /** Monotonic milliseconds of the start, from which restored leases live or rest. Default 0. */
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
  /** The TTL of these addresses. */
  readonly ttlSeconds: number;
}

export interface LeaseRequest extends RealRequest {
  /** The client that asks; no quota applies without one. */
  readonly client: Address | undefined;
}

export interface IssuedLease {
  readonly lease: Lease;
  /** The answer's TTL. */
  readonly ttlSeconds: number;
  /** Whether workers must be told: the lease is new, live again, or its real addresses have changed. */
  readonly changed: boolean;
  /** The lease was made for this request. */
  readonly isNew: boolean;
}

export type LeaseRefusal = 'pool-exhausted' | 'client-quota' | 'family-without-range';

export interface PoolCapacity {
  /** Slots that can be leased at all. */
  readonly usable: number;
  /** Spare ones included. */
  readonly free: number;
  /** Free slots held back for the time when leases cannot be persisted. */
  readonly spare: number;
  readonly live: number;
  readonly resting: number;
}
