import { describe, expect, test } from 'vitest';
import { asciiPattern } from '../../../src/policy/values/regex-ascii.ts';
import { UnicodeNotAllowed } from '../../../src/policy/values/regex-scan.ts';

describe('asciiPattern', () => {
  const rows: ReadonlyArray<readonly [string, string | undefined]> = [
    ['a.b', '(?-u)a[\\x00-\\x09\\x0b-\\x7f]b'],
    ['(?s).', '(?-u)(?s)[\\x00-\\x7f]'],
    ['(?s:.).', '(?-u)(?s:[\\x00-\\x7f])[\\x00-\\x09\\x0b-\\x7f]'],
    ['[.]', '(?-u)[.]'],
    ['[^a-z]', '(?-u)[\\x00-\\x7f--[a-z]]'],
    ['[]a]', '(?-u)[\\]a]'],
    ['[[:^alpha:]]', '(?-u)[[\\x00-\\x7f--[:alpha:]]]'],
    ['\\W', '(?-u)[\\x00-\\x7f--[\\w]]'],
    ['é', '(?-u)[a&&b]'],
    ['[\\xff]', undefined],
    ['(?x)a', undefined],
    ['(?R)a$', undefined],
  ];
  for (const [pattern, expected] of rows) test(pattern, () => expect(asciiPattern(pattern)).toBe(expected));
});

test('asciiPattern refuses Unicode inside brackets and by property', () => {
  for (const pattern of ['[é]', '\\p{Lu}']) expect(() => asciiPattern(pattern)).toThrow(UnicodeNotAllowed);
});
