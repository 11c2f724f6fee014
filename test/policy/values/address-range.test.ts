import { describe, expect, test } from 'vitest';
import {
  compareAddresses,
  readAddress,
  readItem,
  readRange,
} from '../../../src/policy/values/address-range.ts';
import { formatAddress } from '../../../src/wire/address.ts';

const BAD_ADDRESS = "couldn't parse address in network: invalid IP address syntax";

describe('readRange', () => {
  const rows: ReadonlyArray<readonly [string, string]> = [
    ['192.0.2.1', '192.0.2.1 192.0.2.1'],
    ['192.0.2.0/24', '192.0.2.0 192.0.2.255'],
    ['192.0.2/24', '192.0.2.0 192.0.2.255'],
    ['192.0/16', '192.0.0.0 192.0.255.255'],
    ['10/8', '10.0.0.0 10.255.255.255'],
    ['10/7', '10.0.0.0 11.255.255.255'],
    ['0.0.0.0/0', '0.0.0.0 255.255.255.255'],
    ['192.0.2.128/25', '192.0.2.128 192.0.2.255'],
    ['192.0.2.1/32', '192.0.2.1 192.0.2.1'],
    ['2001:db8::/33', '2001:db8:: 2001:db8:7fff:ffff:ffff:ffff:ffff:ffff'],
    ['::/0', ':: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['10.0.0.1..10.0.0.9', '10.0.0.1 10.0.0.9'],
    ['::1..::ffff', '::1 ::ffff'],
    ['11/7', 'host part of address was not zero'],
    ['2001:db8::1/32', 'host part of address was not zero'],
    ['10.0.0.9..10.0.0.1', 'incompatible range bounds'],
    ['10.0.0.1..::1', 'incompatible range bounds'],
    ['10', BAD_ADDRESS],
    ['010/8', BAD_ADDRESS],
    ['192.0.2.01/32', BAD_ADDRESS],
    ['256.0.0.0/8', BAD_ADDRESS],
    ['1.2.3.4.5/8', BAD_ADDRESS],
    ['10.0.0.1..', BAD_ADDRESS],
    ['..', BAD_ADDRESS],
    ['', BAD_ADDRESS],
    ['/8', BAD_ADDRESS],
    ['10.0.0.0/8/8', BAD_ADDRESS],
    ['1::2::3', BAD_ADDRESS],
    ['10.0.0.0/', "couldn't parse length in network: cannot parse integer from empty string"],
    ['10.0.0.0/a', "couldn't parse length in network: invalid digit found in string"],
    ['10.0.0.0/256', "couldn't parse length in network: number too large to fit in target type"],
    ['10.0.0.0/33', 'invalid length for network: Network length 33 is too long for Ipv4 (maximum: 32)'],
  ];
  for (const [text, expected] of rows) {
    test(text, () => {
      const range = readRange(text);
      const found =
        typeof range === 'string' ? range : `${formatAddress(range.first)} ${formatAddress(range.last)}`;
      expect(found).toBe(expected);
    });
  }
});

test('readItem fills an IPv4 address up, and overlooks zeros in front of its bytes', () => {
  expect(readItem('192.0.2')).toEqual(readRange('192.0.2.0'));
  expect(readItem('010')).toEqual(readRange('10.0.0.0'));
  expect(readItem('192.0.02.055')).toEqual(readRange('192.0.2.55'));
  expect(readItem('010.0/8')).toEqual(readRange('10.0.0.0/8'));
  expect(readItem('::192.0.2.01')).toBe(BAD_ADDRESS);
  expect(readItem('192..193')).toBe(BAD_ADDRESS);
  expect(readItem('256')).toBe(BAD_ADDRESS);
});

test('readAddress takes no prefix', () => {
  expect(readAddress('10.0.0.0/8')).toBe(BAD_ADDRESS);
  expect(readAddress('10.0.0.1')).toEqual(Uint8Array.of(10, 0, 0, 1));
});

test('compareAddresses orders by bytes, IPv4 first', () => {
  const one = Uint8Array.of(9, 255, 255, 255);
  const other = Uint8Array.of(10, 0, 0, 0);
  expect(compareAddresses(one, other)).toBeLessThan(0);
  expect(compareAddresses(other, other)).toBe(0);
  expect(compareAddresses(new Uint8Array(16), other)).toBeGreaterThan(0);
});
