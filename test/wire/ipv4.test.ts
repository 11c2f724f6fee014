import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { extendDelta, fold } from '../../src/wire/checksum.ts';
import {
  checkQuotedIpv4,
  emitIpv4,
  ipv4Destination,
  ipv4HeaderBytes,
  ipv4Protocol,
  ipv4Source,
  ipv4TotalLength,
  rewriteIpv4,
} from '../../src/wire/ipv4.ts';
import { addressText, addressWords } from '../support/address-text.ts';
import { buildUdp, fixIpv4Checksum, patch, payloadOf } from '../support/build-packet.ts';
import { parsePacket } from '../support/parse-packet.ts';

const ENDS = { from: '10.64.0.2:40000', to: '203.0.113.9:53' };
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
const wordOf = (text: string) => addressWords(text)[3] ?? 0;

test('the accessors read an IPv4 header', () => {
  const packet = viewOf(buildUdp({ ...ENDS, ipOptions: [1, 1, 1, 0], payload: payloadOf(5) }));
  expect([ipv4HeaderBytes(packet, 0), ipv4TotalLength(packet, 0), ipv4Protocol(packet, 0)]).toEqual([
    24, 37, 17,
  ]);
  expect([ipv4Source(packet, 0) >>> 0, ipv4Destination(packet, 0) >>> 0]).toEqual([
    wordOf('10.64.0.2'),
    wordOf('203.0.113.9'),
  ]);
});

test('F13 rewriteIpv4 leaves the checksum that a sender would have written, with options too', () => {
  const octets = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(addressText);
  const options = fc
    .array(fc.nat(255), { maxLength: 10 })
    .map((bytes) => [...bytes, ...new Array((4 - (bytes.length % 4)) % 4).fill(0)]);
  fc.assert(
    fc.property(octets, octets, octets, octets, options, fc.nat(255), (a, b, c, d, ipOptions, ttl) => {
      const packet = buildUdp({ from: `${a}:1`, to: `${b}:2`, ipOptions, ttl });
      const delta = extendDelta(extendDelta(0, wordOf(a), wordOf(c)), wordOf(b), wordOf(d));
      rewriteIpv4(viewOf(packet), 0, wordOf(c), wordOf(d), fold(delta));
      const header = (packet[0] ?? 0) & 15;
      const expected = buildUdp({ from: `${c}:1`, to: `${d}:2`, ipOptions, ttl });
      expect(packet.subarray(0, header * 4)).toEqual(expected.subarray(0, header * 4));
    }),
    { numRuns: 3000 },
  );
});

test('emitIpv4 writes a header that a careful reader accepts', () => {
  const packet = new Uint8Array(36).fill(0xee);
  packet.set(buildUdp({ ...ENDS, payload: payloadOf(8) }).subarray(20), 20);
  const header = { source: wordOf('10.64.0.2'), destination: wordOf('203.0.113.9'), protocol: 17 };
  emitIpv4(viewOf(packet), 0, { ...header, totalLength: 36, ttl: 64 });
  expect(parsePacket(packet)).toMatchObject({ ...ENDS, ttl: 64, tos: 0, payload: payloadOf(8) });
  expect([packet[6], packet[7]]).toEqual([0x40, 0]); // don't-fragment: its identification may then be anything
});

describe('checkQuotedIpv4', () => {
  const packet = buildUdp({ ...ENDS, payload: payloadOf(100) });

  test.each([
    { name: 'a whole packet', quote: packet, verdict: undefined },
    { name: 'a packet cut short (I3)', quote: packet.subarray(0, 28), verdict: undefined },
    { name: 'a header alone', quote: packet.subarray(0, 20), verdict: undefined },
    { name: 'less than a header', quote: packet.subarray(0, 19), verdict: 'ip-truncated' },
    { name: 'a header of 16 bytes', quote: patch(packet, 0, 0x44), verdict: 'ip-bad-header-length' },
    {
      name: 'a header longer than the quote',
      quote: patch(packet, 0, 0x4f).subarray(0, 59),
      verdict: 'ip-bad-header-length',
    },
    { name: 'a wrong checksum (I3)', quote: patch(packet, 10, 0, 0), verdict: 'ip-bad-checksum' },
    { name: 'a first fragment', quote: fixIpv4Checksum(patch(packet, 6, 0x20, 0)), verdict: undefined },
    { name: 'a later fragment', quote: fixIpv4Checksum(patch(packet, 6, 0x20, 1)), verdict: 'ip-fragment' },
  ])('judges $name: $verdict', ({ quote, verdict }) => {
    expect(checkQuotedIpv4(viewOf(quote), 0, quote.length)).toBe(verdict);
  });
});
