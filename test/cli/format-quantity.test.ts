import { expect, test } from 'vitest';
import { formatBytes, formatDuration, formatEndpoint } from '../../src/cli/format-quantity.ts';

test.each([
  [0, '0ms'],
  [999, '999ms'],
  [1000, '1s'],
  [59_999, '59s'],
  [65_000, '1m 5s'],
  [3_600_000, '1h 0m'],
  [93_784_000, '1d 2h'],
])('formatDuration(%d) is %s', (milliseconds, expected) => {
  expect(formatDuration(milliseconds)).toBe(expected);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [99_949, '99.9 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [2_500_000_000, '2.5 GB'],
  [1e18, '1000 PB'],
])('formatBytes(%d) is %s', (bytes, expected) => {
  expect(formatBytes(bytes)).toBe(expected);
});

test('formatEndpoint puts an IPv6 address in brackets', () => {
  expect(formatEndpoint({ address: '192.0.2.1', port: 443 })).toBe('192.0.2.1:443');
  expect(formatEndpoint({ address: '2001:db8::1', port: 443 })).toBe('[2001:db8::1]:443');
});
