/** The left side of a comparison: a field with its indices, or a function call (A.2 `lhs`). */
import type { Argument, CallOperand, FieldOperand, Operand } from './ast.ts';
import { type Cursor, WORD_CHARACTERS } from './cursor.ts';
import { ExpressionError } from './expression-error.ts';
import { lexBytes } from './lex-bytes.ts';
import { operandType } from './operand-type.ts';
import { type Indices, parseIndices } from './parse-index.ts';
import { nest, type ParseState } from './parse-state.ts';
import type { Field, FunctionSpec, RecordSpec } from './scheme.ts';
import { formatType, type Type } from './types.ts';

/** Words joined by dots. */
export function lexName(cursor: Cursor): string {
  const start = cursor.at;
  do cursor.takeWhile(WORD_CHARACTERS, 'identifier character');
  while (cursor.accept('.'));
  return cursor.text.slice(start, cursor.at);
}

/** The operand whose name, read from `start`, has just been passed. */
export function parseOperand(state: ParseState, name: string, start: number): Operand {
  const { cursor, scheme } = state;
  const field = scheme.field(name);
  if (field !== undefined) return finishField(state, field, parseIndices(state, field), start);
  const record = scheme.record(name);
  if (record !== undefined) return parseRecord(state, record, start);
  const called = scheme.function(name);
  if (called !== undefined) return nest(state, () => parseCall(state, called, start));
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
  // An array without [*] is walked as if it had one: only compat mode lets it come to a comparison.
  const walked = state.mode === 'compat' && (shape === 'array' || shape === 'map-of-arrays');
  return { ...operand, many: indices.each || walked };
}

/** `groups[*].name`: the index stands before the attribute. */
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

function parseCall(state: ParseState, called: FunctionSpec, start: number): CallOperand {
  const { cursor } = state;
  cursor.skipSpace();
  cursor.expect('(');
  cursor.skipSpace();
  const values: Argument[] = [];
  while (!cursor.done && !cursor.startsWith(')')) {
    if (values.length > 0) cursor.expect(',');
    cursor.skipSpace();
    values.push(parseArgument(state, called, values.length));
    cursor.skipSpace();
  }
  if (values.length < called.parameters.length && !cursor.done) {
    throw cursor.error('syntax', 'invalid number of arguments');
  }
  cursor.expect(')');
  return { kind: 'call', function: called, arguments: values, span: cursor.spanFrom(start) };
}

function parseArgument(state: ParseState, called: FunctionSpec, position: number): Argument {
  const { cursor } = state;
  const expected = called.parameters[position];
  if (expected === undefined) throw cursor.error('syntax', 'invalid number of arguments');
  const start = cursor.at;
  const argument = lexArgument(state);
  const actual: Type =
    argument.kind === 'literal' ? { scalar: 'Bytes', shape: 'one' } : operandType(argument);
  if (actual.scalar === expected.scalar && actual.shape === expected.shape) return argument;
  const wanted = `expected value of type ${formatType(expected)}, but got ${formatType(actual)}`;
  const message = `invalid type of argument #${position}: ${wanted}`;
  throw new ExpressionError('type', message, cursor.spanFrom(start));
}

function lexArgument(state: ParseState): Argument {
  const { cursor } = state;
  if (cursor.startsWith('"')) return { kind: 'literal', value: lexBytes(cursor) };
  const start = cursor.at;
  return parseOperand(state, lexName(cursor), start);
}
