import { describe, expect, test } from 'vitest';
import { lexOperator } from '../../../src/policy/language/lex-operator.ts';
import { lexed } from '../lex.ts';

describe('lexOperator', () => {
  const rows: ReadonlyArray<readonly [string, string, string]> = [
    ['== 1', '==', ' 1'],
    ['eq"a"', '==', '"a"'],
    ['!=1', '!=', '1'],
    ['ne 1', '!=', ' 1'],
    ['<=1', '<=', '1'],
    ['<1', '<', '1'],
    ['le1', '<=', '1'],
    ['lt 1', '<', ' 1'],
    ['>=1', '>=', '1'],
    ['gt 1', '>', ' 1'],
    ['in{1}', 'in', '{1}'],
    ['in$a', 'in', '$a'],
    ['& 1', '&', ' 1'],
    ['bitwise_and 1', '&', ' 1'],
    ['~ "a"', 'matches', ' "a"'],
    ['matches "a"', 'matches', ' "a"'],
    ['contains "a"', 'contains', ' "a"'],
    ['wildcard "a"', 'wildcard', ' "a"'],
    ['strict wildcard "a"', 'strict wildcard', ' "a"'],
    ['strict  wildcard "a"', 'strict wildcard', ' "a"'],
    ['strict "a"', 'expected ComparisonOp', 'strict "a"'],
    ['= 1', 'expected ComparisonOp', '= 1'],
    ['IN {1}', 'expected ComparisonOp', 'IN {1}'],
    ['not in {1}', 'expected ComparisonOp', 'not in {1}'],
    ['', 'expected ComparisonOp', ''],
  ];
  for (const [text, value, rest] of rows) {
    test(text, () => expect(lexed((cursor) => lexOperator(cursor, 'compat'), text)).toEqual([value, rest]));
  }
});

test("lexOperator wants the engine's one space in strict mode", () => {
  const strictly = (text: string) => lexed((cursor) => lexOperator(cursor, 'strict'), text)[0];
  expect(strictly('strict wildcard "a"')).toBe('strict wildcard');
  expect(strictly('strict  wildcard "a"')).toBe('expected ComparisonOp');
  expect(strictly('strictwildcard "a"')).toBe('expected ComparisonOp');
});
