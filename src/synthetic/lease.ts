/** A lease: one pair of synthetic addresses on loan to one hostname, and where that host really is. */
import { type Address, addressesEqual } from '../wire/address.ts';

export interface Lease {
  /** The IPv4 address's offset in its range; also the lease's place in shared memory. */
  readonly slot: number;
  /** Lower case, no trailing dot. */
  readonly hostname: string;
  /** Undefined when the pool has no range of the family. */
  readonly ipv4: Address | undefined;
  readonly ipv6: Address | undefined;
  /** Where the host really is, by family; undefined until the family was asked for. */
  readonly real4: RealAddresses | undefined;
  readonly real6: RealAddresses | undefined;
}

export interface RealAddresses {
  readonly addresses: readonly Address[];
  /** Monotonic milliseconds after which they should be resolved again; they stay usable until they are. */
  readonly refreshAtMs: number;
}

/** In the same order. */
export function sameAddresses(one: readonly Address[], other: readonly Address[]): boolean {
  return (
    one.length === other.length &&
    one.every((address, index) => addressesEqual(address, other[index] ?? new Uint8Array(0)))
  );
}
