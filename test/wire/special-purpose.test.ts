import { expect, test } from 'vitest';
import { formatPrefix } from '../../src/wire/address.ts';
import { prefixesOf } from '../../src/wire/special-purpose.ts';

test('prefixesOf parses each prefix, and refuses a text that is none', () => {
  expect(prefixesOf('10.0.0.0/8', 'fe80::/10').map(formatPrefix)).toEqual(['10.0.0.0/8', 'fe80::/10']);
  expect(() => prefixesOf('10.0.0.0/8', '10.0.0.1/8')).toThrow(
    "Cannot read '10.0.0.1/8': it is not a prefix",
  );
});
