import { describe, expect, test } from 'vitest';
import { EgressInventory } from '../../src/egress/egress-inventory.ts';
import { type Prefix, parseAddress, parsePrefix } from '../../src/wire/address.ts';

const NAMES = ['203.0.113.9', '198.51.100.1', '2001:db8:9::/64', '2001:db8:1::1'];

function inventoryOf(names: readonly string[], default4?: string, default6?: string): EgressInventory {
  return new EgressInventory({
    addresses: names.map((name) => ({ prefix: prefix(name), uplink: 'wan', location: 'ZRH' })),
    defaultIpv4: default4 === undefined ? undefined : parseAddress(default4),
    defaultIpv6: default6 === undefined ? undefined : prefix(default6),
  });
}

describe('EgressInventory', () => {
  test('EgressInventory numbers its addresses and finds the defaults among them', () => {
    const inventory = inventoryOf(NAMES, '198.51.100.1', '2001:db8:1::1');
    expect(inventory.addresses.map(({ index, family, location }) => [index, family, location])).toEqual([
      [0, 4, 'ZRH'],
      [1, 4, 'ZRH'],
      [2, 6, 'ZRH'],
      [3, 6, 'ZRH'],
    ]);
    expect([inventory.default4?.index, inventory.default6?.index]).toEqual([1, 3]);
  });

  test.each([
    ['203.0.113.9', true],
    ['203.0.113.99', false],
    ['0.0.0.0', false],
    ['203.0.113.9/32', false],
    ['203.0.113.09', false],
    ['2001:db8:1::1', false],
    ['::ffff:203.0.113.9', false],
    ['', false],
  ])('EgressInventory.ownsIpv4("%s") is %s', (text, owned) => {
    expect(inventoryOf(NAMES).ownsIpv4(text)).toBe(owned);
  });

  test.each([
    ['2001:db8:9::/64', true],
    ['2001:db8:9::c61/64', true],
    ['2001:0db8:0009::/64', true],
    ['2001:db8:9:0:8000::/65', true],
    ['2001:db8:9::5', true],
    ['2001:db8:9::/63', false],
    ['2001:db8:77::/64', false],
    ['2001:db8:9::/129', false],
    ['203.0.113.9/32', false],
    ['', false],
  ])('EgressInventory.ownsIpv6("%s") is %s', (text, owned) => {
    expect(inventoryOf(NAMES).ownsIpv6(text)).toBe(owned);
  });

  test.each([
    [['203.0.113.0/24'], undefined, undefined, 'single'],
    [['203.0.113.9', '203.0.113.9'], undefined, undefined, 'overlaps with 203.0.113.9/32'],
    [['2001:db8:9::/64', '2001:db8:9::1'], undefined, undefined, 'overlaps with 2001:db8:9::/64'],
    [['203.0.113.9'], '203.0.113.10', undefined, '203.0.113.10/32: it is no egress address'],
    [['2001:db8:9::/64'], undefined, '2001:db8::/32', '2001:db8::/32: it is no egress address'],
  ])('EgressInventory refuses %o with defaults %s and %s', (names, default4, default6, message) => {
    expect(() => inventoryOf(names, default4, default6)).toThrow(message);
  });
});

function prefix(text: string): Prefix {
  return parsePrefix(text) ?? expect.fail(text);
}
