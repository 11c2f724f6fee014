import { describe, expect, test } from 'vitest';
import { checkIcmp, emitIcmp, icmpCode, icmpMtu, icmpType, quoteEnd } from '../../src/wire/icmp.ts';
import { buildIcmpError, payloadOf } from '../support/build-packet.ts';

/** A message of 8 + 200 bytes that begins at 3. */
function message(type: number, rest: number): DataView {
  const bytes = new Uint8Array(3 + 208);
  bytes.set(
    buildIcmpError({ from: '10.0.0.1', to: '10.0.0.2', type, code: 4, rest, quote: payloadOf(200) }).subarray(
      20,
    ),
    3,
  );
  return new DataView(bytes.buffer);
}

test('icmpType and icmpCode read the first two bytes', () => {
  expect([icmpType(message(3, 0), 3), icmpCode(message(3, 0), 3)]).toEqual([3, 4]);
});

test('emitIcmp writes eight bytes and leaves the checksum zero', () => {
  const bytes = new Uint8Array(10).fill(0xee);
  emitIcmp(new DataView(bytes.buffer), 1, 3, 13, 0xdead_beef);
  expect([...bytes]).toEqual([0xee, 3, 13, 0, 0, 0xde, 0xad, 0xbe, 0xef, 0xee]);
});

test('checkIcmp wants eight bytes', () => {
  expect([checkIcmp(20, 27), checkIcmp(20, 28)]).toEqual(['transport-truncated', undefined]);
});

test('F8 F10 icmpMtu reads 16 bits in IPv4 and 32 in IPv6', () => {
  expect(icmpMtu(message(3, 0x1234_0514), 3, 4)).toBe(1300);
  expect(icmpMtu(message(2, 0x0001_0500), 3, 6)).toBe(66_816);
});

describe('quoteEnd', () => {
  test.each([
    { name: 'no length (RFC 792)', family: 4, type: 11, rest: 0, bytes: 200 },
    { name: '32 words of four (RFC 4884)', family: 4, type: 11, rest: 32 << 16, bytes: 128 },
    { name: '33 words, beside an MTU', family: 4, type: 3, rest: (33 << 16) | 1300, bytes: 132 },
    { name: '32 words, beside a pointer', family: 4, type: 12, rest: 0x0920_0000, bytes: 128 },
    { name: 'more words than there are', family: 4, type: 3, rest: 255 << 16, bytes: 200 },
    { name: 'no length in IPv6', family: 6, type: 1, rest: 0, bytes: 200 },
    { name: '16 words of eight', family: 6, type: 1, rest: 16 << 24, bytes: 128 },
    { name: '16 words of eight', family: 6, type: 3, rest: 16 << 24, bytes: 128 },
    { name: 'an MTU', family: 6, type: 2, rest: 0x1000_0500, bytes: 200 },
    { name: 'a pointer', family: 6, type: 4, rest: 0x1000_0028, bytes: 200 },
  ] as const)('I3 R10 type $type of IPv$family with $name quotes $bytes bytes', (row) => {
    expect(quoteEnd(message(row.type, row.rest), 3, 211, row.family)).toBe(3 + 8 + row.bytes);
  });
});
