/** A lease: a pair of synthetic addresses that stands for one hostname, and the real addresses of that name. */
import { type Address, addressesEqual } from '../wire/address.ts';

export interface Lease {
  /** The offset of the IPv4 address in its range; also the lease's index in shared memory. */
  readonly slot: number;
  /** Lower case, no trailing dot. */
  readonly hostname: string;
  /** Undefined if the pool has no range of the family. */
  readonly ipv4: Address | undefined;
  readonly ipv6: Address | undefined;
  /** The real addresses by family; undefined until an address of the family has been queried. */
  readonly real4: RealAddresses | undefined;
  readonly real6: RealAddresses | undefined;
}

export interface RealAddresses {
  readonly addresses: readonly Address[];
  /** The CNAME targets on the path to them; empty unless rules may match those. */
  readonly aliases: readonly string[];
  /** When to resolve them again (monotonic milliseconds); they remain in use until that succeeds. */
  readonly refreshAtMs: number;
}

/** Whether the addresses, in order, and the CNAME targets are the same. */
export function sameAddresses(one: RealAddresses, other: RealAddresses): boolean {
  return (
    one.addresses.length === other.addresses.length &&
    one.addresses.every((address, index) => addressesEqual(address, other.addresses[index] ?? NO_ADDRESS)) &&
    one.aliases.join(' ') === other.aliases.join(' ')
  );
}

const NO_ADDRESS = new Uint8Array(0);

/** The distinct CNAME targets of both families. */
export function aliasesOf({ real4, real6 }: Pick<Lease, 'real4' | 'real6'>): string[] {
  return [...new Set([...(real4?.aliases ?? []), ...(real6?.aliases ?? [])])];
}
