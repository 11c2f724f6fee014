import { describe, expect, it } from 'vitest';
import { addressSlot, drawIpv6, slotAddress } from '../../src/synthetic/synthetic-range.ts';
import { formatAddress, parseAddress, parsePrefix, prefixContains } from '../../src/wire/address.ts';

const IPV4 = { address: Uint8Array.of(100, 80, 0, 0), length: 16 };

describe('slotAddress', () => {
  it.each([
    [1, '100.80.0.1'],
    [255, '100.80.0.255'],
    [256, '100.80.1.0'],
    [65_534, '100.80.255.254'],
  ])('slotAddress puts slot %i at %s, and addressSlot finds it there', (slot, text) => {
    const address = slotAddress(IPV4, slot);
    expect(formatAddress(address)).toBe(text);
    expect(addressSlot(IPV4, address)).toBe(slot);
  });

  it('addressSlot finds no slot outside the range', () => {
    expect(addressSlot(IPV4, Uint8Array.of(100, 81, 0, 1))).toBeUndefined();
    expect(addressSlot(IPV4, parseAddress('::1') ?? IPV4.address)).toBeUndefined();
  });
});

describe('drawIpv6', () => {
  it.each(['2606:4700:cf1:4000::/64', 'fd00::/8', 'fd00:1:2:3:8::/77', 'fd00::/96'])(
    'drawIpv6 stays inside %s and uses every host bit',
    (text) => {
      const range = parsePrefix(text) ?? IPV4;
      const ones = new Uint8Array(16);
      const zeros = new Uint8Array(16).fill(255);
      for (let round = 0; round < 200; round++) {
        const address = drawIpv6(range);
        expect(prefixContains(range, address)).toBe(true);
        address.forEach((byte, index) => {
          ones[index] = (ones[index] ?? 0) | byte;
          zeros[index] = (zeros[index] ?? 0) & byte;
        });
      }
      for (let bit = range.length; bit < 128; bit++) {
        const mask = 0x80 >> (bit % 8);
        expect([(ones[bit >> 3] ?? 0) & mask, (zeros[bit >> 3] ?? 0) & mask]).toEqual([mask, 0]);
      }
    },
  );
});
