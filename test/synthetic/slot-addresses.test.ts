import { describe, expect, it } from 'vitest';
import { SlotAddresses } from '../../src/synthetic/slot-addresses.ts';
import { formatAddress } from '../../src/wire/address.ts';
import { addressBytes } from '../support/address-text.ts';
import { prefixOf } from '../support/policy-fixture.ts';

const IPV4 = prefixOf('100.80.0.0/24');
/** Four addresses, of which the first is the subnet's own. */
const TINY_IPV6 = { address: addressBytes('fd00::'), length: 126 };

describe('SlotAddresses', () => {
  it('SlotAddresses finds the slot of each IPv4 address, and none outside the range', () => {
    const addresses = new SlotAddresses({ ipv4: IPV4, ipv6: undefined }, []);
    expect(formatAddress(addresses.ipv4Of(42) ?? new Uint8Array(4))).toBe('100.80.0.42');
    expect(addresses.slotOf(addressBytes('100.80.0.42'))).toBe(42);
    expect(addresses.slotOf(addressBytes('100.81.0.42'))).toBeUndefined();
  });

  it('SlotAddresses knows the slots whose address is somebody’s already', () => {
    const addresses = new SlotAddresses({ ipv4: IPV4, ipv6: undefined }, [addressBytes('100.80.0.1')]);
    expect([1, 2].map((slot) => addresses.isReserved(slot))).toEqual([true, false]);
  });

  it('SlotAddresses draws no IPv6 address that is reserved or taken', () => {
    const addresses = new SlotAddresses({ ipv4: undefined, ipv6: TINY_IPV6 }, [addressBytes('fd00::1')]);
    const isTaken = (address: Uint8Array) => formatAddress(address) === 'fd00::2';
    for (let round = 0; round < 50; round++) {
      expect(formatAddress(addresses.drawIpv6(isTaken) ?? new Uint8Array(16))).toBe('fd00::3');
    }
  });

  it('SlotAddresses has no address of a family without range', () => {
    const six = new SlotAddresses({ ipv4: undefined, ipv6: TINY_IPV6 }, []);
    expect([six.ipv4Of(1), six.slotOf(addressBytes('100.80.0.1')), six.isReserved(1)]).toEqual([
      undefined,
      undefined,
      false,
    ]);
    expect(new SlotAddresses({ ipv4: IPV4, ipv6: undefined }, []).drawIpv6(() => false)).toBeUndefined();
  });
});
