import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Need, need } from '../../../src/policy/index/need.ts';
import { findRegexNeed } from '../../../src/policy/index/regex-need.ts';
import { compileRegex } from '../../../src/policy/values/regex.ts';

/** `a & b` for both, `(a | b)` for one of the two, `-` for nothing. */
function needOf(pattern: string): string {
  const found = findRegexNeed(pattern, (literal) => (literal === '' ? undefined : need(literal)));
  return found === undefined ? '-' : describeNeed(found);
}

function describeNeed(given: Need<string>): string {
  if (given.kind === 'key') return given.key;
  const parts = given.parts.map(describeNeed);
  return given.kind === 'every' ? parts.join(' & ') : `(${parts.join(' | ')})`;
}

describe('findRegexNeed reads', () => {
  const rows: ReadonlyArray<readonly [string, string]> = [
    ['^mail[.]example\\.com$', 'mail.example.com'],
    ['ab+c', 'ab & c'],
    ['ab?c', 'a & c'],
    ['ab*c', 'a & c'],
    ['ab{0,2}c', 'a & c'],
    ['ab+*c', 'a & c'],
    ['a.c', 'a & c'],
    ['a[bc]d', 'a & d'],
    ['a[^b]d', 'a & d'],
    ['a[]b]d', 'a & d'],
    ['a[[:alpha:]]d', 'a & d'],
    ['a\\dd', 'a & d'],
    ['a\\x2ed', 'a.d'],
    ['(www|api)[.]test', '(www | api) & .test'],
    ['(www|)[.]test', '.test'],
    ['(www)?[.]test', '.test'],
    ['(?:www)+[.]test', 'www & .test'],
    ['(?P<name>www)[.]test', 'www & .test'],
    ['a|b', '(a | b)'],
    ['a|b*', '-'],
    ['(?i)Mail', 'Mail'],
    ['(?x)ma il', '-'],
    ['(?u)mail', '-'],
    ['é mail', ' mail'],
    ['.*', '-'],
    ['', '-'],
  ];
  for (const [pattern, expected] of rows) {
    test(`${pattern} as ${expected}`, () => expect(needOf(pattern)).toBe(expected));
  }
});

const atoms = fc.constantFrom(
  ...['a', 'b', 'K', '[.]', '\\.', '.', '[ab]', '[^a]', '\\w', '^', '$', '\\x61', 'é', '(?i)'],
);
const marks = fc.constantFrom('', '', '', '?', '*', '+', '{2}', '{0}', '+?', '+*', '*?');
const patterns = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc
    .array(
      fc.tuple(
        fc.oneof(
          { maxDepth: 3 },
          { weight: 5, arbitrary: atoms },
          fc
            .tuple(fc.constantFrom('(', '(?:', '(?i:', '(?P<n>'), tie('pattern'), tie('pattern'))
            .map(([open, one, other]) => `${open.replace('<n>', '')}${one}|${other})`.replace('(?P', '(')),
        ),
        marks,
      ),
      { maxLength: 5 },
    )
    .map((pieces) => pieces.map(([atom, mark]) => (atom === '(?i)' ? atom : atom + mark)).join('')),
})).pattern;

test('findRegexNeed never asks for what a text that matches does not have', () => {
  const texts = fc.array(fc.constantFrom('a', 'b', 'k', 'K', '.', 'A', 'Ã', '©'), { maxLength: 6 });
  let matched = 0;
  fc.assert(
    fc.property(patterns, fc.array(texts, { minLength: 5, maxLength: 5 }), (pattern, given) => {
      const found = findRegexNeed(pattern, (literal) => (literal === '' ? undefined : need(literal)));
      const regex = compileRegex(pattern, { patternLength: 8192 });
      for (const text of given.map((parts) => parts.join(''))) {
        if (!regex.test(text)) continue;
        matched++;
        expect(found === undefined || isSatisfied(found, text.toLowerCase())).toBe(true);
      }
    }),
    { numRuns: 1000 },
  );
  expect(matched).toBeGreaterThan(500);
});

function isSatisfied(given: Need<string>, text: string): boolean {
  if (given.kind === 'key') return text.includes(given.key.toLowerCase());
  const parts = given.parts.map((part) => isSatisfied(part, text));
  return given.kind === 'every' ? !parts.includes(false) : parts.includes(true);
}
