import { describe, expect, test } from 'vitest';
import { compileRegex, RegexError } from '../../../src/policy/values/regex.ts';
import { encodeText } from '../../../src/policy/values/text-value.ts';

const LIMITS = { patternLength: 1000 };

function matches(pattern: string, text: string): boolean {
  return compileRegex(pattern, LIMITS).test(encodeText(text));
}

function refusal(pattern: string): string {
  try {
    compileRegex(pattern, LIMITS);
    return 'accepted';
  } catch (error) {
    if (error instanceof RegexError) return error.message.split('\n').at(-1) ?? '';
    throw error;
  }
}

describe('compileRegex matches bytes as wirefilter does', () => {
  const rows: ReadonlyArray<readonly [string, string, boolean]> = [
    // unanchored, case-sensitive
    ['ank', 'bank', true],
    ['BANK', 'bank', false],
    ['(?i)BANK', 'bank', true],
    ['(?i:B)ank', 'bank', true],
    ['(?i:B)ANK', 'bank', false],
    ['', '', true],
    // ends
    ['^$', '', true],
    ['a$', 'a\n', false],
    ['(?m)a$', 'a\nb', true],
    ['\\Aa\\z', 'a', true],
    ['a.b', 'a\nb', false],
    ['(?s)a.b', 'a\nb', true],
    // classes are ASCII
    ['^\\d$', '٣', false],
    ['^\\w+$', 'é', false],
    ['^\\W+$', 'é', true],
    ['^[\\w.]+$', 'a_1.b', true],
    ['^[^\\d]+$', 'é', true],
    ['^\\s$', '\u00a0', false],
    ['a\\b', 'aé', true],
    ['^[[:upper:]]+$', 'ABC', true],
    ['^[a-z&&[^x]]+$', 'abc', true],
    ['^[a-z&&[^x]]+$', 'axc', false],
    ['^[\\w-]+$', 'a-b', true],
    ['^[]a]+$', 'a]', true],
    // one dot is one byte: é has two
    ['^.$', 'é', false],
    ['^..$', 'é', true],
    ['^é$', 'é', true],
    ['^é+$', 'éé', true],
    ['^\\xC3\\xA9$', 'é', true],
    ['^[\\x80-\\xFF]{2}$', 'é', true],
    ['^\\u00e9$', 'é', true],
    ['(?i)^É$', 'é', false],
    ['(?i)k', '\u212a', false],
    ['(?-u)^..$', 'é', true],
    ['(?i-u:B)ank', 'bank', true],
    // Unicode when asked for
    ['(?u)^.$', 'é', true],
    ['(?u)^\\p{Lu}$', 'É', true],
    // the rest of the dialect
    ['(?P<n>a)(?<m>b)', 'ab', true],
    ['(?x) a b # comment', 'ab', true],
    ['A*+', '', true],
    ['a\\/b', 'a/b', true],
    ['^a{2,3}$', 'aaa', true],
    ['\\bbank\\b', 'a bank', true],
    ['\\Bank', 'bank', true],
  ];
  for (const [pattern, text, expected] of rows) {
    test(`${pattern} on ${JSON.stringify(text)}`, () => expect(matches(pattern, text)).toBe(expected));
  }
});

describe('compileRegex refuses with the words of the engine', () => {
  const rows: ReadonlyArray<readonly [string, string]> = [
    ['(?=x)', 'error: look-around, including look-ahead and look-behind, is not supported'],
    ['(?<!x)', 'error: look-around, including look-ahead and look-behind, is not supported'],
    ['(a)\\1', 'error: backreferences are not supported'],
    ['(?>a)', 'error: unrecognized flag'],
    ['(?#a)', 'error: unrecognized flag'],
    ['(?)', 'error: repetition operator missing expression'],
    ['(?-)', 'error: dangling flag negation operator'],
    ['(?i-)a', 'error: dangling flag negation operator'],
    ['\\Z', 'error: unrecognized escape sequence'],
    ['\\K', 'error: unrecognized escape sequence'],
    ['\\h', 'error: unrecognized escape sequence'],
    ['*a', 'error: repetition operator missing expression'],
    ['(a', 'error: unclosed group'],
    ['\\p{Lu}', 'error: Unicode not allowed here'],
    ['\\pL', 'error: Unicode not allowed here'],
    ['[é]', 'error: Unicode not allowed here'],
    ['\\pL(', 'error: unclosed group'],
    ['[\\d-z]', 'error: invalid range boundary, must be a literal'],
    ['a{1000}{1000}', 'Compiled regex exceeds size limit of 10485760 bytes.'],
    ['a'.repeat(1001), 'regex of 1001 characters is too long (limit: 1000)'],
  ];
  for (const [pattern, message] of rows) {
    test(pattern.slice(0, 20), () => {
      const found = refusal(pattern);
      expect(found === 'accepted' ? found : found.slice(0, message.length)).toBe(message);
    });
  }
});

test('compileRegex compiles a pattern that is in use once', () => {
  expect(compileRegex('^in use$', LIMITS)).toBe(compileRegex('^in use$', LIMITS));
});

test('compileRegex finds nothing beyond ASCII when the pattern is too large for it, and does not throw', () => {
  const regex = compileRegex('^[^a]{1,20000}$', LIMITS);
  expect(regex.test('bank')).toBe(false);
  expect(regex.test('bbb')).toBe(true);
  expect(regex.test(encodeText('é'))).toBe(false);
});

test('FL-30 compileRegex searches a hostile name in under a millisecond', () => {
  const hostile = `${'a'.repeat(60)}!`;
  for (const pattern of ['(a+)+$', '(a|aa)+$', '(a*)*b', '(.*a){20}$', '^(([a-z])+.)+[A-Z]([a-z])+$']) {
    const regex = compileRegex(pattern, LIMITS);
    regex.test(hostile);
    const tookMs = Array.from({ length: 50 }, () => {
      const start = performance.now();
      regex.test(hostile);
      return performance.now() - start;
    });
    // Half of them, at least: the machine keeps one or the other waiting.
    expect(tookMs.sort((one, other) => one - other)[25]).toBeLessThan(1);
  }
});
