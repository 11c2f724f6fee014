/**
 * Answers for the egress addresses of one Ethernet uplink: ARP requests (RFC 826) and neighbour solicitations (RFC 4861
 * section 7.2.4), and makes the announcements of a take-over. Never answers for an address that another node has.
 */
import { type Address, addressesEqual, type Prefix, prefixContains } from '../wire/address.ts';
import { type MacAddress, macsEqual } from '../wire/mac-address.ts';
import type { Advertisement, NeighbourMessage } from './neighbour-message.ts';

export interface ResponderSettings {
  /** The uplink's own MAC. */
  readonly mac: MacAddress;
  /** The egress addresses and ranges of this uplink. */
  readonly egress: readonly Prefix[];
  /** Addresses inside `egress` not to be answered for: the kernel's own, which it answers for itself, and next hops. */
  readonly others: readonly Address[];
}

export class NeighbourResponder {
  readonly #settings: ResponderSettings;

  constructor(settings: ResponderSettings) {
    this.#settings = settings;
  }

  /** The reply to a question about one of our addresses, or undefined. */
  answer(message: NeighbourMessage): Advertisement | undefined {
    const { kind, sender, target } = message;
    if (kind !== 'solicitation' || !this.#owns(target) || this.#isOurs(message.mac)) return undefined;
    return { target, mac: this.#settings.mac, to: { address: sender, mac: message.mac } };
  }

  /** Whether another station claims an address of ours: most likely a second gateway (row FL-45). */
  isConflict(message: NeighbourMessage): boolean {
    const claimed = message.kind === 'advertisement' ? message.target : message.sender;
    if (claimed === undefined || message.mac === undefined || this.#isOurs(message.mac)) return false;
    return this.#owns(claimed);
  }

  /** Announcements for the link when this gateway takes over its addresses: one for each address; ranges have none. */
  announcements(): Advertisement[] {
    return this.#settings.egress
      .filter((prefix) => prefix.length === prefix.address.length * 8 && this.#owns(prefix.address))
      .map(({ address }) => ({ target: address, mac: this.#settings.mac, to: undefined }));
  }

  #owns(address: Address): boolean {
    const { egress, others } = this.#settings;
    return (
      egress.some((prefix) => prefixContains(prefix, address)) &&
      !others.some((other) => addressesEqual(other, address))
    );
  }

  #isOurs(mac: MacAddress | undefined): boolean {
    return mac !== undefined && macsEqual(mac, this.#settings.mac);
  }
}
