import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseHostname } from '../../src/catalog/hostname.ts';

test.each([
  ['Bank.Example.COM', 'bank.example.com'],
  ['bank.example.com.', 'bank.example.com'],
  ['_dmarc.example.com', '_dmarc.example.com'],
  ['Bücher.example', 'xn--bcher-kva.example'],
  ['localhost', 'localhost'],
])('parseHostname("%s") is %s', (text, name) => {
  expect(parseHostname(text)).toBe(name);
});

test.each([
  '',
  '.',
  '.example.com',
  '*.example.com',
  'a..b',
  'a b.example',
  'é/x.example',
  'é%2e.example',
  '-a.example',
  'a-.example',
  'https://example.com',
  '2001:db8::1',
  'example.com..',
  `${'a'.repeat(64)}.example`,
  `${'a.'.repeat(127)}com`,
])('parseHostname refuses "%s"', (text) => {
  expect(parseHostname(text)).toBeUndefined();
});

test('parseHostname never throws, and what it gives it takes again unchanged', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.domain()), (text) => {
      const name = parseHostname(text);
      if (name !== undefined) expect(parseHostname(name)).toBe(name);
    }),
  );
});
