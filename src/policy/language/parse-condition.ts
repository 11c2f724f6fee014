/** Parses what follows the left side of a comparison: an operator, and a literal, set or list of a suitable type. */

import type { ValueList } from '../lists/value-list.ts';
import { formatType, type Type } from '../values/types.ts';
import type { Condition, Operand } from './ast.ts';
import type { ExpressionError, Span } from './expression-error.ts';
import { lexOperator, type Operator } from './lex-operator.ts';
import { operandType } from './operand-type.ts';
import { parseAddressCondition } from './parse-address-condition.ts';
import { parseBytesCondition } from './parse-bytes-condition.ts';
import { parseIntCondition } from './parse-int-condition.ts';
import type { ParseState } from './parse-state.ts';

export function parseCondition(state: ParseState, left: Operand): Condition {
  const { cursor } = state;
  const type = operandType(left);
  const many = left.kind === 'field' && left.many;
  if (type.scalar === 'Bool' && (type.shape === 'one' || many)) return { scalar: 'Bool' };
  cursor.skipSpace();
  const start = cursor.at;
  const operator = lexOperator(cursor, state.mode);
  const span = cursor.spanFrom(start);
  if (type.shape !== 'one' && !many) throw unsupported(state, type, span);
  cursor.skipSpace();
  if (operator === 'in' && cursor.startsWith('$')) return parseList(state, left, start);
  const condition = parseScalarCondition(state, left, operator);
  if (condition === undefined) throw unsupported(state, type, span);
  return condition;
}

function unsupported({ cursor }: ParseState, type: Type, span: Span): ExpressionError {
  return cursor.error('type', `cannot perform this operation on type ${formatType(type)}`, span);
}

function parseScalarCondition(state: ParseState, left: Operand, operator: Operator): Condition | undefined {
  switch (operandType(left).scalar) {
    case 'Bool':
      return undefined;
    case 'Int':
      return parseIntCondition(state, operator);
    case 'Bytes':
      return parseBytesCondition(state, operator, left);
    case 'Ip':
      return parseAddressCondition(state, operator);
  }
}

/** Parses the list of `in $list`; `start` is the offset of `in`. */
function parseList(state: ParseState, left: Operand, start: number): Condition {
  const { cursor, lists } = state;
  const nameStart = cursor.at;
  cursor.expect('$');
  const name = lexListName(state);
  const type = operandType(left);
  const accepted = left.kind === 'field' ? left.field.lists : [];
  if (accepted.length === 0) {
    const message = `cannot perform this operation on type ${formatType(type)}`;
    throw cursor.error('type', message, cursor.spanFrom(start), 'no kind of list holds values of this field');
  }
  const nameSpan = cursor.spanFrom(nameStart);
  const found = lists.find(name);
  if (typeof found === 'string') throw cursor.error('list', found, nameSpan);
  if (!accepted.includes(found.type)) {
    const message = `list "${found.name}" is of type ${found.type}: expected ${accepted.join(' or ')}`;
    throw cursor.error('type', message, nameSpan);
  }
  if (found.scalar !== type.scalar) {
    const message = `list "${found.name}" holds ${found.scalar}: expected ${type.scalar}`;
    throw cursor.error('type', message, nameSpan);
  }
  return conditionOf(found);
}

/** The name without the `$`. The engine allows no dashes or upper case in names, and no dot at either end. */
function lexListName({ cursor, mode }: ParseState): string {
  const start = cursor.at;
  const isAllowed = mode === 'strict' ? /[a-z0-9_.]/ : /[\w.-]/;
  while (!cursor.done && isAllowed.test(cursor.text.charAt(cursor.at))) cursor.at++;
  const name = cursor.text.slice(start, cursor.at);
  if (name !== '' && !(mode === 'strict' && /^[.]|[.]$/.test(name))) return name;
  const shown = name === '' ? cursor.text.slice(start, Math.min(start + 1, cursor.end)) : name;
  throw cursor.error('list', `invalid list name "${shown}"`, { start, end: cursor.end });
}

function conditionOf(list: ValueList): Condition {
  switch (list.scalar) {
    case 'Int':
      return { scalar: 'Int', kind: 'list', list };
    case 'Bytes':
      return { scalar: 'Bytes', kind: 'list', list };
    case 'Ip':
      return { scalar: 'Ip', kind: 'list', list };
  }
}
