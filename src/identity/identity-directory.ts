/**
 * Looks up the identity behind an inner address. Immutable: it is rebuilt whenever users, groups or devices change. An unknown
 * address is anonymous.
 */
import { type Address, familyOf } from '../wire/address.ts';
import type { Identity } from './identity.ts';
import type { IdentityEntry } from './identity-entry.ts';

export class IdentityDirectory {
  readonly #byAddress: ReadonlyMap<number | string, IdentityEntry>;
  readonly #virtualNetworkId: string | undefined;

  /** `virtualNetworkId`: the default network, in which anonymous clients are. */
  constructor(entries: readonly IdentityEntry[], virtualNetworkId?: string) {
    this.#virtualNetworkId = virtualNetworkId;
    this.#byAddress = new Map(entries.map((entry) => [keyOf(entry.address), entry]));
  }

  /** The virtual network of a client with this identity; undefined stands for an anonymous client. */
  networkOf(identity: Identity | undefined): string | undefined {
    return identity === undefined ? this.#virtualNetworkId : identity.virtualNetworkId;
  }

  get size(): number {
    return this.#byAddress.size;
  }

  /** The identity at `wallMs` (milliseconds since 1970); undefined if the address is anonymous or its identity has expired. */
  identify(address: Address, wallMs: number): Identity | undefined {
    const entry = this.#byAddress.get(keyOf(address));
    return entry !== undefined && wallMs < entry.expiresAtMs ? entry.identity : undefined;
  }
}

/** An IPv4 address as its number, an IPv6 address as eight UTF-16 units. */
function keyOf(address: Address): number | string {
  const word = (at: number): number => ((address[at] ?? 0) << 8) | (address[at + 1] ?? 0);
  return familyOf(address) === 4
    ? word(0) * 0x1_0000 + word(2)
    : String.fromCharCode(word(0), word(2), word(4), word(6), word(8), word(10), word(12), word(14));
}
