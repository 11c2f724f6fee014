import { expect, test } from 'vitest';
import { checkUdp } from '../../src/wire/udp.ts';

test.each([
  { name: 'a header alone', bytes: 8, length: 8, checksum: 1, family: 4, verdict: undefined },
  { name: 'bytes behind the datagram', bytes: 20, length: 8, checksum: 1, family: 6, verdict: undefined },
  { name: 'no checksum in IPv4 (U16)', bytes: 8, length: 8, checksum: 0, family: 4, verdict: undefined },
  {
    name: 'no checksum in IPv6 (F5)',
    bytes: 8,
    length: 8,
    checksum: 0,
    family: 6,
    verdict: 'transport-bad-checksum',
  },
  { name: 'seven bytes', bytes: 7, length: 8, checksum: 1, family: 4, verdict: 'transport-truncated' },
  { name: 'a length of 0', bytes: 8, length: 0, checksum: 1, family: 4, verdict: 'transport-bad-length' },
  { name: 'a length of 7', bytes: 8, length: 7, checksum: 1, family: 4, verdict: 'transport-bad-length' },
  {
    name: 'a length beyond the end',
    bytes: 8,
    length: 9,
    checksum: 1,
    family: 4,
    verdict: 'transport-bad-length',
  },
  {
    name: 'the longest length',
    bytes: 8,
    length: 65_535,
    checksum: 1,
    family: 6,
    verdict: 'transport-bad-length',
  },
] as const)('FL-06 checkUdp judges $name: $verdict', ({ bytes, length, checksum, family, verdict }) => {
  const view = new DataView(new ArrayBuffer(64));
  view.setUint16(5 + 4, length);
  view.setUint16(5 + 6, checksum);
  expect(checkUdp(view, 5, 5 + bytes, family)).toBe(verdict);
});
