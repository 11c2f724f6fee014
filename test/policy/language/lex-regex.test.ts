import { describe, expect, test } from 'vitest';
import { lexRegex } from '../../../src/policy/language/lex-regex.ts';
import { lexed } from '../lex.ts';

describe('lexRegex', () => {
  /** Text, pattern, where the pattern stands, rest. */
  const good: ReadonlyArray<readonly [string, string, number, number, string]> = [
    ['"a.b" or', 'a.b', 1, 4, ' or'],
    ['"\\.com$"', '\\.com$', 1, 7, ''],
    ['"\\\\."', '\\\\.', 1, 4, ''],
    ['"a\\"b"', 'a"b', 1, 5, ''],
    ['"["]"', '["]', 1, 4, ''],
    ['"[\\"]"', '[\\"]', 1, 5, ''],
    ['"\\["', '\\[', 1, 3, ''],
    ['"é"', 'é', 1, 2, ''],
    ['r"\\d" x', '\\d', 2, 4, ' x'],
    ['r#"a"b"#', 'a"b', 3, 6, ''],
    ['""', '', 1, 1, ''],
  ];
  for (const [text, pattern, start, end, rest] of good) {
    test(text, () => expect(lexed(lexRegex, text)).toEqual([{ pattern, span: { start, end } }, rest]));
  }

  const bad: ReadonlyArray<readonly [string, string, string]> = [
    ['"["', 'could not find an ending quote', '["'],
    ['"a\\"', 'could not find an ending quote', 'a\\"'],
    ['"a\\', 'could not find an ending quote', 'a\\'],
    ['abc', 'expected " or r', 'abc'],
    ["'a'", 'expected " or r', "'a'"],
    ['', 'unrecognised input', ''],
  ];
  for (const [text, message, about] of bad) {
    test(text, () => expect(lexed(lexRegex, text)).toEqual([message, about]));
  }
});
