import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressesEqual,
  familyOf,
  formatAddress,
  formatPrefix,
  maskAddress,
  parseAddress,
  parsePrefix,
  prefixContains,
  prefixesOverlap,
} from '../../src/wire/address.ts';
import { addressBytes, addressText } from '../support/address-text.ts';

const anyAddress = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
);

/** Parsed, or the test ends here. */
function prefix(text: string) {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(`Cannot parse prefix: ${text}`);
  return parsed;
}

describe('parseAddress', () => {
  test.each([
    '0.0.0.0',
    '192.0.2.1',
    '255.255.255.255',
    '::',
    '::1',
    '2001:db8::1',
    '1:2:3:4:5:6:7:8',
    'fe80::a:0',
  ])('reads %s', (text) => {
    expect(parseAddress(text)).toEqual(addressBytes(text));
  });

  test('reads an IPv4 tail and any case', () => {
    expect(parseAddress('::ffff:192.0.2.1')).toEqual(addressBytes('::ffff:c000:201'));
    expect(parseAddress('2001:DB8::ABCD')).toEqual(addressBytes('2001:db8::abcd'));
  });

  test.each(
    [
      ['', ' ', '1', '1.2.3', '1.2.3.4.5', '1..3.4', '1.2.3.', '.1.2.3', '256.1.1.1', '1.2.3.4 ', ' 1.2.3.4'],
      [
        '0x10.1.2.3',
        '01.2.3.4',
        '1e1.2.3.4',
        '1.2.3.-4',
        '+1.2.3.4',
        '1.2.3.4/32',
        '0x7f000001',
        '2130706433',
      ],
      [
        '1g::',
        ':1:2',
        ':::',
        '1::2::3',
        '1:2:3:4:5:6:7',
        '1:2:3:4:5:6:7:8:9',
        '12345::',
        '[::1]',
        '::1%eth0',
      ],
      ['::1.2.3', '::256.0.0.1', '::1/128', 'localhost', '::ffff:1.2.3.04', '1:2:3:4:5:6:7::8:9'],
    ].flat(),
  )('refuses %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test('takes what the standard library takes', () => {
    const quad = fc.array(fc.oneof(fc.nat(300).map(String), fc.constantFrom('01', '', '1e1')), {
      minLength: 3,
      maxLength: 5,
    });
    const group = fc.oneof(
      fc.nat(0x1ffff).map((word) => word.toString(16)),
      fc.constant(''),
    );
    const text = fc.oneof(
      quad.map((parts) => parts.join('.')),
      fc.array(group, { maxLength: 9 }).map((groups) => groups.join(':')),
      fc
        .tuple(fc.array(group, { maxLength: 7 }), quad)
        .map(([groups, parts]) => `${groups.join(':')}:${parts.join('.')}`),
      fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF:.') }),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        expect(parseAddress(candidate) !== undefined).toBe(isIP(candidate) !== 0);
      }),
      { numRuns: 20_000 },
    );
  });

  test('reads back what formatAddress prints, which is what the URL parser prints', () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        const text = formatAddress(address);
        expect(parseAddress(text)).toEqual(address);
        expect(familyOf(address)).toBe(text.includes(':') ? 6 : 4);
        expect(text).toBe(addressText(address));
      }),
      { numRuns: 2000 },
    );
  });
});

test.each([
  ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'], // RFC 5952 section 4.2.3
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'], // 4.2.2: one group is not shortened
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['FE80::ABCD', 'fe80::abcd'],
])('formatAddress prints %s as %s', (text, canonical) => {
  expect(formatAddress(addressBytes(text))).toBe(canonical);
});

describe('parsePrefix', () => {
  test.each([
    ['10.64.0.0/24', '10.64.0.0/24'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['10.64.0.7', '10.64.0.7/32'],
    ['2606:4700:cf1:4000::/64', '2606:4700:cf1:4000::/64'],
    ['::1', '::1/128'],
    ['::/0', '::/0'],
    ['2001:db8:8000::/33', '2001:db8:8000::/33'],
  ])('reads %s', (text, canonical) => {
    expect(formatPrefix(prefix(text))).toBe(canonical);
  });

  test.each(
    [
      ['10.64.0.1/24', '10.64.0.0/33', '10.64.0.0/-1', '10.64.0.0/', '10.64.0.0/24x', '10.64.0.0/024', '/24'],
      ['10.64.0.0/2 4', '10.64.0.0/24/24', '::/129', '::1/127', '2001:db8::1/64', '10.64.0.0/8.0', '::/1e1'],
    ].flat(),
  )('refuses %j', (text) => {
    expect(parsePrefix(text)).toBeUndefined();
  });
});

describe('prefixContains', () => {
  test.each([
    ['10.64.0.0/24', '10.64.0.0', true],
    ['10.64.0.0/24', '10.64.0.255', true],
    ['10.64.0.0/24', '10.64.1.0', false],
    ['10.64.0.128/25', '10.64.0.127', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '10.0.0.1', false],
    ['2001:db8:8000::/33', '2001:db8:ffff::1', true],
    ['2001:db8:8000::/33', '2001:db8:7fff::1', false],
  ] as const)('%s contains %s: %s', (text, address, contained) => {
    expect(prefixContains(prefix(text), addressBytes(address))).toBe(contained);
  });

  test('holds exactly for the addresses that mask to the prefix', () => {
    fc.assert(
      fc.property(anyAddress, anyAddress, fc.nat(128), (one, other, bits) => {
        const length = Math.min(bits, one.length * 8);
        const network = maskAddress(one, length);
        expect(prefixContains({ address: network, length }, one)).toBe(true);
        const contained = one.length === other.length && addressesEqual(maskAddress(other, length), network);
        expect(prefixContains({ address: network, length }, other)).toBe(contained);
      }),
    );
  });
});

test.each([
  ['10.0.0.0/8', '10.64.0.0/10', true],
  ['10.64.0.0/10', '10.0.0.0/8', true],
  ['10.0.0.0/9', '10.128.0.0/9', false],
  ['0.0.0.0/0', '::/0', false],
  ['100.64.0.0/10', '100.80.0.0/16', true],
  ['10.0.0.1/32', '10.0.0.1/32', true],
] as const)('prefixesOverlap says of %s and %s: %s', (one, other, overlap) => {
  expect(prefixesOverlap(prefix(one), prefix(other))).toBe(overlap);
});
