import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchWildcard, parseWildcard } from '../../../src/policy/values/wildcard.ts';

function matches(pattern: string, text: string): boolean | string {
  const wildcard = parseWildcard(pattern);
  return typeof wildcard === 'string' ? wildcard : matchWildcard(wildcard, text);
}

describe('matchWildcard', () => {
  const rows: ReadonlyArray<readonly [string, string, boolean]> = [
    ['*', '', true],
    ['*', 'anything', true],
    ['', '', true],
    ['', 'a', false],
    ['a*', 'a', true],
    ['a*', 'ba', false],
    ['*a', 'ba', true],
    ['*a', 'ab', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'acb', false],
    ['*ab*ab*', 'abab', true],
    ['*ab*ab*', 'aba', false],
    ['a*ba', 'aba', true],
    ['ab*ba', 'aba', false],
    ['a?c', 'abc', false],
    ['a.c', 'abc', false],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['\\\\*', '\\x', true],
  ];
  for (const [pattern, text, expected] of rows) {
    test(`${pattern} on '${text}'`, () => expect(matches(pattern, text)).toBe(expected));
  }

  test('agrees with trying every split', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    const patterns = fc.array(word, { minLength: 1, maxLength: 4 }).map((runs) => runs.join('*'));
    fc.assert(
      fc.property(patterns, word, (pattern, text) => {
        fc.pre(!pattern.includes('**'));
        expect(matches(pattern, text)).toBe(matchSlowly(pattern, text));
      }),
      { numRuns: 2000 },
    );
  });

  test('takes time in proportion to the text, however many stars', () => {
    const pattern = `${'*a'.repeat(500)}*b`;
    const tookMs = [1, 2, 3].map(() => {
      const start = performance.now();
      expect(matches(pattern, 'a'.repeat(10_000))).toBe(false);
      return performance.now() - start;
    });
    expect(Math.min(...tookMs)).toBeLessThan(100);
  });
});

test('parseWildcard refuses a double star and unknown escapes', () => {
  expect(matches('a**b', '')).toBe('wildcard contains a double star');
  const refusal = 'invalid wildcard: wildcard syntax error at position 1: ';
  expect(matches('a\\b', '')).toBe(`${refusal}invalid escape sequence`);
  expect(matches('a\\', '')).toBe(`${refusal}incomplete escape sequence at the end of the wildcard`);
  expect(matches('a\\**', 'a*x')).toBe(true);
});

function matchSlowly(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  const [head = '', ...tail] = pattern;
  const rest = tail.join('');
  if (head !== '*') return text.startsWith(head) && matchSlowly(rest, text.slice(1));
  return Array.from({ length: text.length + 1 }, (_, skip) => text.slice(skip)).some((end) =>
    matchSlowly(rest, end),
  );
}
