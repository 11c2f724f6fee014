/** Parses the left side of a comparison: a field with its indices, or a function call. */

import { formatType, type Type } from '../values/types.ts';
import type { CallOperand, Expression, FieldOperand, Operand } from './ast.ts';
import { type Cursor, WORD_CHARACTERS } from './cursor.ts';
import { passLiteral, startsName } from './lex-literal.ts';
import { startsOperator } from './lex-operator.ts';
import { operandType } from './operand-type.ts';
import { parseCondition } from './parse-condition.ts';
import { type Indices, parseIndices, refuseIndex } from './parse-index.ts';
import { nest, type ParseState } from './parse-state.ts';
import type { Field, FunctionSpec, RecordSpec } from './scheme.ts';

/** An identifier: words joined by dots. */
export function lexName(cursor: Cursor): string {
  const start = cursor.at;
  do cursor.takeWhile(WORD_CHARACTERS, 'identifier character');
  while (cursor.accept('.'));
  return cursor.text.slice(start, cursor.at);
}

/** Parses a parenthesised expression, a negation or a comparison; passed down, since that module imports this one. */
export type ParseSimple = (state: ParseState) => Expression;

/** Parses the rest of an operand whose identifier, which begins at `start`, has been consumed. Throws ExpressionError. */
export function parseOperand(
  state: ParseState,
  name: string,
  start: number,
  parseSimple: ParseSimple,
): Operand {
  const { cursor, scheme } = state;
  const field = scheme.field(name);
  if (field !== undefined) return finishField(state, field, parseIndices(state, field), start);
  const record = scheme.record(name);
  if (record !== undefined) return parseRecord(state, record, start);
  const called = scheme.function(name);
  if (called !== undefined) {
    const call = nest(state, cursor.at, () => parseCall(state, called, start, parseSimple));
    refuseIndex(state, operandType(call));
    return call;
  }
  throw cursor.error('unknown_field', 'unknown identifier', cursor.spanFrom(start));
}

function finishField(state: ParseState, field: Field, indices: Indices, start: number): FieldOperand {
  const operand = {
    kind: 'field',
    field,
    ...indices,
    many: indices.each,
    span: state.cursor.spanFrom(start),
  } as const;
  const { shape } = operandType(operand);
  // Compat mode treats an array without [*] as if it had one.
  const walked = state.mode === 'compat' && (shape === 'array' || shape === 'map-of-arrays');
  return { ...operand, many: indices.each || walked };
}

/** `groups[*].name`: the index comes before the attribute. */
function parseRecord(state: ParseState, record: RecordSpec, start: number): FieldOperand {
  const { cursor, scheme } = state;
  const first = scheme.field(`${record.name}.${record.attributes[0]}`);
  if (first === undefined) throw new RangeError(`Cannot read '${record.name}': the record has no attributes`);
  const indices = parseIndices(state, first);
  const dot = cursor.at;
  const attribute = cursor.accept('.') ? cursor.takeWhile(WORD_CHARACTERS, 'identifier character') : '';
  const field = scheme.field(`${record.name}.${attribute}`);
  if (field !== undefined) return finishField(state, field, indices, start);
  const choices = record.attributes.map((name) => `.${name}`).join(', ');
  const advice = `name an attribute of ${record.name}: ${choices}`;
  if (attribute !== '')
    throw cursor.error('unknown_field', 'unknown identifier', cursor.spanFrom(dot), advice);
  throw cursor.error('type', 'cannot perform this operation on type Record', cursor.spanFrom(start), advice);
}

function parseCall(
  state: ParseState,
  called: FunctionSpec,
  start: number,
  parseSimple: ParseSimple,
): CallOperand {
  const { cursor } = state;
  cursor.skipSpace();
  cursor.expect('(');
  cursor.skipSpace();
  const values: Operand[] = [];
  while (!cursor.done && !cursor.startsWith(')')) {
    if (values.length > 0) cursor.expect(',');
    cursor.skipSpace();
    values.push(parseArgument(state, called, values.length, parseSimple));
    cursor.skipSpace();
  }
  if (values.length < called.parameters.length) {
    throw cursor.error('syntax', 'invalid number of arguments');
  }
  cursor.expect(')');
  return { kind: 'call', function: called, arguments: values, span: cursor.spanFrom(start) };
}

function parseArgument(
  state: ParseState,
  called: FunctionSpec,
  position: number,
  parseSimple: ParseSimple,
): Operand {
  const { cursor } = state;
  const start = cursor.at;
  const { operand, type } = readArgument(state, parseSimple);
  const span = cursor.spanFrom(start);
  if (operand?.kind === 'field' && operand.each && position > 0)
    throw cursor.error('type', 'invalid use of map each access operator', span);
  const expected = called.parameters[position];
  if (expected === undefined)
    throw cursor.error('syntax', 'invalid number of arguments', { start, end: cursor.end });
  if (type === 'Literal') {
    const kinds = 'expected argument of kind Field, but got Literal';
    throw cursor.error('type', `invalid kind of argument #${position}: ${kinds}`, span);
  }
  const fits = type.scalar === expected.scalar && type.shape === expected.shape;
  if (operand !== undefined && fits) return operand;
  const wanted = `expected value of type ${formatType(expected)}, but got ${formatType(type)}`;
  throw cursor.error('type', `invalid type of argument #${position}: ${wanted}`, span);
}

/** Parses an argument. Only fields and calls yield an operand: no function takes a literal or a truth value. */
function readArgument(
  state: ParseState,
  parseSimple: ParseSimple,
): { operand?: Operand; type: Type | 'Literal' } {
  const { cursor } = state;
  if (['(', '!', 'not'].some((opening) => cursor.startsWith(opening))) {
    const { elementwise } = parseSimple(state);
    return { type: { scalar: 'Bool', shape: elementwise ? 'array' : 'one' } };
  }
  if (!startsName(cursor)) {
    passLiteral(cursor);
    return { type: 'Literal' };
  }
  const start = cursor.at;
  const operand = parseOperand(state, lexName(cursor), start, parseSimple);
  const end = cursor.at;
  cursor.skipSpace();
  const isCompared = startsOperator(cursor);
  cursor.at = end;
  if (!isCompared) return { operand, type: operandType(operand) };
  parseCondition(state, operand);
  return { type: { scalar: 'Bool', shape: operand.kind === 'field' && operand.many ? 'array' : 'one' } };
}
