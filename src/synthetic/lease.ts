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
  /** The CNAME targets on the path to them, as far as rules may match them. */
  readonly aliases: readonly string[];
  /** Monotonic milliseconds after which they should be resolved again; they stay usable until they are. */
  readonly refreshAtMs: number;
}

/** Whether the addresses, in their order, and the CNAMEs leading to them are the same. */
export function sameAddresses(one: RealAddresses, other: RealAddresses): boolean {
  return (
    one.addresses.length === other.addresses.length &&
    one.addresses.every((address, index) => addressesEqual(address, other.addresses[index] ?? NO_ADDRESS)) &&
    one.aliases.join(' ') === other.aliases.join(' ')
  );
}

const NO_ADDRESS = new Uint8Array(0);

/** All names that a lease's hostname is an alias of, each once. */
export function aliasesOf({ real4, real6 }: Pick<Lease, 'real4' | 'real6'>): string[] {
  return [...new Set([...(real4?.aliases ?? []), ...(real6?.aliases ?? [])])];
}
