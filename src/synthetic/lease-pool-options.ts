/** Options, requests and results of the lease pool. */
import type { Address, Family } from '../wire/address.ts';
import type { QuotaLimits } from './client-quota.ts';
import type { Lease } from './lease.ts';
import type { LeaseHistory } from './slot-supply.ts';
import type { SyntheticRanges } from './synthetic-range.ts';

/** Follows from an answer's TTL, which is at least one second and at most half a lease. */
export const SHORTEST_LEASE_MS = 2000;

export interface LeasePoolOptions {
  readonly ranges: SyntheticRanges;
  /** How long a lease lasts after it was last answered or used, or after its last flow ended. */
  readonly leaseMs: number;
  /** Quarantine: how long an address rests before it may stand for another name, while the pool has free slots. */
  readonly quarantineMs: number;
  /** The quarantine when the pool is full. Default: ten minutes, or `quarantineMs` if that is less. */
  readonly shortestQuarantineMs?: number;
  /** Maximum TTL of an answer, which is also limited to half a lease, so that the lease outlives the answer. */
  readonly ttlSeconds: number;
  /** Addresses within the ranges that are never leased: those of the resolver. */
  readonly reserved: readonly Address[];
  /** Default `DEFAULT_QUOTA`. */
  readonly quota?: QuotaLimits;
  /** Called when a lease ends, before its slot can be reused. */
  readonly onRetire?: (lease: Lease) => void;
  /** Called when a slot has rested, before it becomes free; if it returns false, the slot continues to rest. */
  readonly onFree?: (slot: number) => boolean;
  /** Whether leases can be persisted now; while they cannot, only spare slots are leased (`SlotSupply`). Default: true. */
  readonly isKept?: () => boolean;
  /** Leases from before a restart; those that do not fit the ranges are ignored. */
  readonly restored?: readonly RestoredLease[];
  /** How complete `restored` is. Default: `none`. */
  readonly history?: LeaseHistory;
  /** Called when the slots that lay fallow become free (`SlotSupply`). */
  readonly onFallowEnd?: () => void;
  /** The time of the start (monotonic milliseconds), from which restored leases live or rest. Default: 0. */
  readonly nowMs?: number;
}

/** A lease from before a restart. */
export interface RestoredLease extends Lease {
  readonly resting: boolean;
}

/** The real addresses of a name. */
export interface RealAddressUpdate {
  /** Lower case, no trailing dot. */
  readonly hostname: string;
  /** The family of the question and of the addresses. */
  readonly family: Family;
  readonly addresses: readonly Address[];
  /** The CNAME targets on the path to them. Default: none. */
  readonly aliases?: readonly string[];
  /** The TTL of the addresses. */
  readonly ttlSeconds: number;
}

export interface LeaseRequest extends RealAddressUpdate {
  /** The client that asks; if undefined, no quota applies. */
  readonly client: Address | undefined;
}

export interface IssuedLease {
  readonly lease: Lease;
  /** The TTL for the answer. */
  readonly ttlSeconds: number;
  /** Whether workers must be informed: the lease is new or live again, or its real addresses have changed. */
  readonly changed: boolean;
  /** Whether the lease was created for this request. */
  readonly isNew: boolean;
}

export type LeaseRefusal = 'pool-exhausted' | 'client-quota' | 'family-without-range';

export interface PoolCapacity {
  /** Slots that can be leased at all. */
  readonly usable: number;
  /** Including spare ones. */
  readonly free: number;
  /** Free slots that are reserved for times when leases cannot be persisted. */
  readonly spare: number;
  readonly live: number;
  readonly resting: number;
}
