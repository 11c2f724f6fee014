import { expect, test } from 'vitest';
import { suggestKey } from '../../../src/gateway/config/suggest-key.ts';

const KNOWN = ['next_hop4', 'next_hop6', 'interface', 'name'];

test.each([
  ['nexthop4', 'next_hop4'],
  ['next-hop6', 'next_hop6'],
  ['Interface', 'interface'],
  ['interfcae', 'interface'],
  ['nam', 'name'],
])('suggestKey finds what %s was meant to be', (unknown, known) => {
  expect(suggestKey(unknown, KNOWN)).toBe(known);
});

test('suggestKey stays silent when nothing is near', () => {
  expect(suggestKey('gateway', KNOWN)).toBeUndefined();
  expect(suggestKey('x'.repeat(1_000_000), KNOWN)).toBeUndefined();
});
