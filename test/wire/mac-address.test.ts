import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/wire/address.ts';
import {
  BROADCAST_MAC,
  formatMac,
  isStationMac,
  multicastMac,
  parseMac,
  ZERO_MAC,
} from '../../src/wire/mac-address.ts';

describe('parseMac', () => {
  test('parseMac and formatMac are each other’s inverse', () => {
    const mac = parseMac('02:00:5E:10:00:ff');
    expect(mac && formatMac(mac)).toBe('02:00:5e:10:00:ff');
  });

  test.each([
    '',
    '02:00:5e:10:00',
    '02:00:5e:10:00:09:0a',
    '2:0:5e:10:0:9',
    '02-00-5e-10-00-09',
    '0g:00:00:00:00:00',
  ])('parseMac refuses "%s"', (text) => {
    expect(parseMac(text)).toBeUndefined();
  });
});

test('isStationMac refuses the broadcast address, groups and zeros', () => {
  expect(isStationMac(BROADCAST_MAC)).toBe(false);
  expect(isStationMac(ZERO_MAC)).toBe(false);
  expect(isStationMac(Uint8Array.of(0x33, 0x33, 0, 0, 0, 1))).toBe(false);
  expect(isStationMac(Uint8Array.of(2, 0, 0, 0, 0, 1))).toBe(true);
});

test('multicastMac is 33:33 and the last four bytes of the group (RFC 2464 section 7)', () => {
  const group = parseAddress('ff02::1:ff28:9c5a') ?? new Uint8Array(16);
  expect(formatMac(multicastMac(group))).toBe('33:33:ff:28:9c:5a');
});
