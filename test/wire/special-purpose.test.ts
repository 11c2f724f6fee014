import { expect, test } from 'vitest';
import { formatPrefix, prefixContains } from '../../src/wire/address.ts';
import { INTERNAL_IPV6, prefixesOf } from '../../src/wire/special-purpose.ts';
import { addressBytes } from '../support/address-text.ts';

test('prefixesOf parses each prefix, and refuses a text that is none', () => {
  expect(prefixesOf('10.0.0.0/8', 'fe80::/10').map(formatPrefix)).toEqual(['10.0.0.0/8', 'fe80::/10']);
  expect(() => prefixesOf('10.0.0.0/8', '10.0.0.1/8')).toThrow(
    "Cannot read '10.0.0.1/8': it is not a prefix",
  );
});

test.each(['fc00::1', 'fe80::1', 'fec0::1', 'feff::1'])(
  'R5 INTERNAL_IPV6 has %s, which no router forwards (RFC 3879)',
  (text) => {
    expect(INTERNAL_IPV6.some((prefix) => prefixContains(prefix, addressBytes(text)))).toBe(true);
  },
);

test('INTERNAL_IPV6 has no global address', () => {
  for (const text of ['2001:db8::1', '2606:4700::1', 'ff0e::1'])
    expect(INTERNAL_IPV6.some((prefix) => prefixContains(prefix, addressBytes(text)))).toBe(false);
});
