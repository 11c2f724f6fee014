import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lexBytes } from '../../../src/policy/language/lex-bytes.ts';
import { encodeText } from '../../../src/policy/values/text-value.ts';
import { lexed } from '../lex.ts';

const RADIX_16 = 'invalid digit found in string while parsing with radix 16';
const ESCAPE = 'expected ", xHH or OOO after \\';

describe('lexBytes', () => {
  const rows: ReadonlyArray<readonly [string, string, string]> = [
    ['""', '', ''],
    ['"a""b"', 'a', '"b"'],
    ['"a b" or', 'a b', ' or'],
    ['"\\"\\\\"', '"\\', ''],
    ['"\\x41\\101\\xfF"', 'AA\xff', ''],
    ['"é"', '\xc3\xa9', ''],
    ['"a\nb"', 'a\nb', ''],
    ['r"\\n"', '\\n', ''],
    ['r#"a"b"#x', 'a"b', 'x'],
    ['r##"a"#b"##', 'a"#b', ''],
    [`r${'#'.repeat(255)}"a"${'#'.repeat(255)}`, 'a', ''],
    ['01:2e-f3.00 x', '\x01\x2e\xf3\x00', ' x'],
    ['"a', 'could not find an ending quote', 'a'],
    ['"a\\"', 'could not find an ending quote', 'a\\"'],
    ['"a\\', 'could not find an ending quote', 'a\\'],
    ['r#"a"', 'could not find an ending quote', '#"a"'],
    ['rx', 'expected " or #', 'x'],
    [
      `r${'#'.repeat(256)}"a"${'#'.repeat(256)}`,
      "invalid raw string hash count, there can't be more than 255 #s",
      `${'#'.repeat(256)}"a"${'#'.repeat(256)}`,
    ],
    ['"\\n"', ESCAPE, 'n'],
    ['"\\u0041"', ESCAPE, 'u'],
    ['"\\8"', ESCAPE, '8'],
    ['"\\xg0"', RADIX_16, 'g0'],
    ['"\\778"', 'invalid digit found in string while parsing with radix 8', '778'],
    ['"\\400"', 'number too large to fit in target type while parsing with radix 8', '400'],
    ['5', 'expected 2 characters, but found 1', '5'],
    ['', 'unrecognised input', ''],
    ['01', 'expected 1 characters, but found 0', ''],
    ['01x2', 'expected byte separator', 'x'],
    ['01:', 'expected 2 characters, but found 0', ''],
    ['example', RADIX_16, 'ex'],
    ["'a'", RADIX_16, "'a"],
  ];
  for (const [text, value, rest] of rows) {
    test(JSON.stringify(text).slice(0, 40), () => expect(lexed(lexBytes, text)).toEqual([value, rest]));
  }

  test('reads back any text that was quoted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const quoted = `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
        expect(lexed(lexBytes, quoted)).toEqual([encodeText(text), '']);
      }),
    );
  });
});
