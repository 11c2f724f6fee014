import { expect, test } from 'vitest';
import { completePrecedences } from '../../../src/policy/rules/complete-precedences.ts';

test('completePrecedences leaves what is given and puts the others behind all of it, with room between', () => {
  expect(completePrecedences([undefined, 4000, null, 10])).toEqual([5000, 4000, 6000, 10]);
  expect(completePrecedences([null, undefined])).toEqual([1000, 2000]);
  expect(completePrecedences([-5, undefined])).toEqual([-5, 1000]);
  expect(completePrecedences([])).toEqual([]);
});

test('completePrecedences takes more rules than a function takes arguments', () => {
  const many = new Array<undefined>(200_000).fill(undefined);
  expect(completePrecedences(many).at(-1)).toBe(200_000_000);
});
