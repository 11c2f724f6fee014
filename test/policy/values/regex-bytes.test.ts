import fc from 'fast-check';
import { RRegex } from 'rregex';
import { describe, expect, test } from 'vitest';
import { asciiPattern } from '../../../src/policy/values/regex-ascii.ts';
import { bytesPattern, escapeBytes } from '../../../src/policy/values/regex-bytes.ts';
import { UnicodeNotAllowed } from '../../../src/policy/values/regex-scan.ts';

describe('bytesPattern', () => {
  const rows: ReadonlyArray<readonly [string, string]> = [
    ['a.b*', 'a.b*'],
    ['\\.com$', '\\.com$'],
    ['é', '(?:\ue0c3\ue0a9)'],
    ['\\xff', '\ue0ff'],
    ['[\\x80-\\xff]', '[\ue080-\ue0ff]'],
    ['\\x41', '\\x41'],
    ['\\d', '[0-9]'],
    ['[\\w-]', '[\\w-]'],
    ['[\\w.]', '[[0-9A-Za-z_].]'],
    ['\\W', '[^0-9A-Za-z_]'],
    ['\\b', '(?-u:\\b)'],
    ['(?-u)a', '(?:)a'],
    ['(?-u:a)', '(?:a)'],
    ['(?i-u:a)', '(?i:a)'],
    ['(?s-iu:a)', '(?s-i:a)'],
    ['(?P<é>a)', '(?P<é>a)'],
    ['\\(?u', '\\(?u'],
  ];
  for (const [pattern, expected] of rows) test(pattern, () => expect(bytesPattern(pattern)).toBe(expected));

  test('refuses Unicode inside brackets and by property', () => {
    for (const pattern of ['[é]', '[^é]', '[\\u00e9]', '\\p{Lu}', '\\PL']) {
      expect(() => bytesPattern(pattern)).toThrow(UnicodeNotAllowed);
    }
  });
});

describe('a rewritten pattern finds in ASCII what the pattern itself finds', () => {
  const pieces = [
    ...[
      'a',
      'b',
      '.',
      '\\d',
      '\\w',
      '\\W',
      '\\S',
      '\\b',
      '\\B',
      '[^a]',
      '[\\d_]',
      '[^\\W]',
      '[\\W\\d]',
      '[^]a]',
    ],
    ...[
      '(?i)A',
      '(?i:[^a])',
      '(a|b)',
      '(?s).',
      '(?s:.)',
      '(?-s:.)',
      '(',
      ')',
      '(?:',
      '(?s:',
      '[a&&[^b]]',
      '[a-b--a]',
    ],
    ...['*', '+?', '{2}', '^', '$', '(?m)^', '\\x41', '[[:alpha:]]', '[[:^alpha:]a]', '[^[:^digit:]]', '|'],
  ];
  const patterns = fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((parts) => parts.join(''));
  const texts = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '1', '_', ' ', '\n'), maxLength: 8 });

  test.each([
    ['over bytes', bytesPattern],
    ['over ASCII', asciiPattern],
  ])('%s', (_, rewrite) => {
    fc.assert(
      fc.property(patterns, fc.array(texts, { minLength: 3, maxLength: 3 }), (pattern, examples) => {
        const written = compile(pattern);
        const rewritten = compile(rewrite(pattern) ?? '(');
        expect(rewritten === undefined).toBe(written === undefined);
        for (const text of examples) expect(rewritten?.isMatch(text)).toBe(written?.isMatch(text));
        written?.free();
        rewritten?.free();
      }),
      { numRuns: Number(process.env.SYNGATE_REGEX_RUNS ?? 150) },
    );
  });
});

test('escapeBytes leaves ASCII as it is and moves other bytes to private use', () => {
  expect(escapeBytes('bank.example.com')).toBe('bank.example.com');
  expect(escapeBytes('a\xc3')).toBe('a\ue0c3');
});

function compile(pattern: string): RRegex | undefined {
  try {
    return new RRegex(pattern);
  } catch {
    return undefined;
  }
}
