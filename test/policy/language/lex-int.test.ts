import { describe, expect, test } from 'vitest';
import { lexInt, lexIntRange } from '../../../src/policy/language/lex-int.ts';
import { lexed } from '../lex.ts';

describe('lexInt', () => {
  const rows: ReadonlyArray<readonly [string, number | string, string]> = [
    ['0', 0, ''],
    ['443;', 443, ';'],
    ['-1}', -1, '}'],
    ['0x1Bb ', 0x1bb, ' '],
    ['0xfg', 0xf, 'g'],
    ['0673', 0o673, ''],
    ['00', 0, ''],
    ['-010', -10, ''],
    ['-0x1', 0, 'x1'],
    ['1.5', 1, '.5'],
    ['1_000', 1, '_000'],
    ['9007199254740991', Number.MAX_SAFE_INTEGER, ''],
    ['9223372036854775807', 2 ** 63, ''],
    ['-9223372036854775808', -(2 ** 63), ''],
    [
      '9223372036854775808',
      'number too large to fit in target type while parsing with radix 10',
      '9223372036854775808',
    ],
    [
      '-9223372036854775809',
      'number too small to fit in target type while parsing with radix 10',
      '-9223372036854775809',
    ],
    [
      '0x8000000000000000',
      'number too large to fit in target type while parsing with radix 16',
      '8000000000000000',
    ],
    ['018 or', 'invalid digit found in string while parsing with radix 8', '018'],
    ['0x', 'expected digit', ''],
    ['0xg', 'expected digit', 'g'],
    ['-', 'expected digit', ''],
    ['+1', 'expected digit', '+1'],
    ['xyz', 'expected digit', 'xyz'],
    ['abcx', 'invalid digit found in string while parsing with radix 10', 'abc'],
    ['-80a', 'invalid digit found in string while parsing with radix 10', '-80a'],
    ['0a', 'invalid digit found in string while parsing with radix 8', '0a'],
    ['', 'expected digit', ''],
  ];
  for (const [text, value, rest] of rows) {
    test(`'${text}'`, () => expect(lexed(lexInt, text)).toEqual([value, rest]));
  }
});

describe('lexIntRange', () => {
  const rows: ReadonlyArray<readonly [string, { first: number; last: number } | string, string]> = [
    ['5 6', { first: 5, last: 5 }, ' 6'],
    ['1..5}', { first: 1, last: 5 }, '}'],
    ['-5..-1', { first: -5, last: -1 }, ''],
    ['5..5', { first: 5, last: 5 }, ''],
    ['5..1 ', 'incompatible range bounds', '5..1'],
    ['1...5', 'expected digit', '.5'],
    ['1..', 'expected digit', ''],
  ];
  for (const [text, value, rest] of rows) {
    test(`'${text}'`, () => expect(lexed(lexIntRange, text)).toEqual([value, rest]));
  }
});
