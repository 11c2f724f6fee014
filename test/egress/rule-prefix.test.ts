import { expect, test } from 'vitest';
import { parseRulePrefix } from '../../src/egress/rule-prefix.ts';
import { formatPrefix } from '../../src/wire/address.ts';

test.each<[text: string, prefix: string | undefined]>([
  ['2a06:98c1:54::c61/64', '2a06:98c1:54::/64'],
  ['2001:db8::/32', '2001:db8::/32'],
  ['2001:db8::5', '2001:db8::5/128'],
  ['2001:db8::5/128', '2001:db8::5/128'],
  ['2001:db8::5/0', '::/0'],
  ['2001:db8::/129', undefined],
  ['2001:db8::/064', undefined],
  ['2001:db8::/', undefined],
  ['2001:db8::/64/64', undefined],
  ['203.0.113.9/32', undefined],
  ['/64', undefined],
  ['', undefined],
])('parseRulePrefix("%s") is %s', (text, prefix) => {
  const parsed = parseRulePrefix(text);
  expect(parsed && formatPrefix(parsed)).toBe(prefix);
});
