/** The addresses of a slot: its IPv4 address is fixed, an IPv6 address is drawn for each lease; reserved ones are never used. */
import { type Address, addressKey } from '../wire/address.ts';
import { addressSlot, drawIpv6, type SyntheticRanges, slotAddress } from './synthetic-range.ts';

export class SlotAddresses {
  readonly #ranges: SyntheticRanges;
  readonly #reserved: ReadonlySet<string>;

  constructor(ranges: SyntheticRanges, reserved: readonly Address[]) {
    this.#ranges = ranges;
    this.#reserved = new Set(reserved.map(addressKey));
  }

  /** Undefined if there is no IPv4 range. */
  ipv4Of(slot: number): Address | undefined {
    const { ipv4 } = this.#ranges;
    return ipv4 === undefined ? undefined : slotAddress(ipv4, slot);
  }

  /** The slot of an IPv4 address; undefined if it is outside the range. */
  slotOf(ipv4: Address): number | undefined {
    return this.#ranges.ipv4 === undefined ? undefined : addressSlot(this.#ranges.ipv4, ipv4);
  }

  isReserved(slot: number): boolean {
    const address = this.ipv4Of(slot);
    return address !== undefined && this.#reserved.has(addressKey(address));
  }

  /** Draws an address that is neither reserved nor taken; undefined if there is no IPv6 range. */
  drawIpv6(isTaken: (address: Address) => boolean): Address | undefined {
    const { ipv6 } = this.#ranges;
    if (ipv6 === undefined) return undefined;
    for (;;) {
      const address = drawIpv6(ipv6);
      if (!this.#reserved.has(addressKey(address)) && !isTaken(address)) return address;
    }
  }
}
