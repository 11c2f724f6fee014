/** Comparison operators, in the order in which they are tried; no white space is needed after a word. */
import type { Order } from './ast.ts';
import type { Cursor } from './cursor.ts';
import type { Mode } from './parse-state.ts';

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

const STRICT = /^strict wildcard/;
const STRICT_LOOSELY = /^strict[ \r\n]+wildcard/;

/** The engine requires exactly one space between `strict` and `wildcard`; compat mode accepts any white space. */
export function lexOperator(cursor: Cursor, mode: Mode): Operator {
  const strict = (mode === 'strict' ? STRICT : STRICT_LOOSELY).exec(cursor.text.slice(cursor.at));
  if (strict !== null && cursor.accept(strict[0])) return 'strict wildcard';
  const found = SPELLINGS.find(([spelling]) => cursor.accept(spelling));
  if (found === undefined) throw cursor.error('syntax', 'expected ComparisonOp');
  return found[1];
}

/** Whether an operator is next; consumes nothing. */
export function startsOperator(cursor: Cursor): boolean {
  return [...SPELLINGS.map(([spelling]) => spelling), 'strict wildcard'].some((spelling) =>
    cursor.startsWith(spelling),
  );
}
