import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HostnameMap } from '../../src/catalog/hostname-map.ts';

test('HostnameMap lets the longest name decide, label by label (row FL-32)', () => {
  const map = new HostnameMap<string>();
  map.set('example.com', 'domain');
  map.set('bank.example.com', 'bank');
  const found = (hostname: string) => map.find(hostname);
  expect(found('example.com')).toBe('domain');
  expect(found('shop.example.com')).toBe('domain');
  expect(found('BANK.example.com.')).toBe('bank');
  expect(found('a.b.bank.example.com')).toBe('bank');
  expect(found('notexample.com')).toBeUndefined();
  expect(found('example.com.evil.com')).toBeUndefined();
  expect(found('com')).toBeUndefined();
});

test('HostnameMap agrees with a search through all names', () => {
  const label = fc.constantFrom('a', 'b', 'c');
  const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 12 }), name, (names, asked) => {
      const map = new HostnameMap<string>();
      for (const each of names) map.set(each, each);
      const fits = names.filter((each) => asked === each || asked.endsWith(`.${each}`));
      expect(map.find(asked)).toBe(fits.sort((one, other) => other.length - one.length)[0]);
    }),
  );
});
