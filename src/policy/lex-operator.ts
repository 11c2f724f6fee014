/** Comparison operators, in the order they are tried; no blank is needed behind a word (A.3). */
import type { Order } from './ast.ts';
import type { Cursor } from './cursor.ts';

export type Operator = Order | 'in' | '&' | 'contains' | 'matches' | 'wildcard' | 'strict wildcard';

const SPELLINGS: ReadonlyArray<readonly [string, Operator]> = [
  ['in', 'in'],
  ['eq', '=='],
  ['==', '=='],
  ['ne', '!='],
  ['!=', '!='],
  ['ge', '>='],
  ['>=', '>='],
  ['le', '<='],
  ['<=', '<='],
  ['gt', '>'],
  ['>', '>'],
  ['lt', '<'],
  ['<', '<'],
  ['&', '&'],
  ['bitwise_and', '&'],
  ['contains', 'contains'],
  ['~', 'matches'],
  ['matches', 'matches'],
  ['wildcard', 'wildcard'],
];

export function lexOperator(cursor: Cursor): Operator {
  const start = cursor.at;
  if (cursor.accept('strict')) {
    cursor.skipSpace();
    if (cursor.accept('wildcard')) return 'strict wildcard';
    cursor.at = start;
  }
  const found = SPELLINGS.find(([spelling]) => cursor.accept(spelling));
  if (found === undefined) throw cursor.error('syntax', 'expected ComparisonOp');
  return found[1];
}
