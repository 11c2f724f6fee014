import { expect, test } from 'vitest';
import { parseDuration } from '../../../src/gateway/config/parse-duration.ts';

test.each([
  ['500ms', 500],
  ['10m', 600_000],
  ['1h30m', 5_400_000],
  ['1d', 86_400_000],
  ['0s', 0],
])('parseDuration reads %s', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

test.each(['', '10', '10 m', '-1s', '1.5s', '1e3s', 'm', '1w', '9999999999s'])(
  'parseDuration refuses %j',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);
