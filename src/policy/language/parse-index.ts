/** Parses the indices after a field, `[*]`, `[0]`, `["key"]`, each checked against the type it is applied to. */

import { decodeText, encodeText } from '../values/text-value.ts';
import { formatType, type Type } from '../values/types.ts';
import type { Cursor } from './cursor.ts';
import { ExpressionError } from './expression-error.ts';
import { lexBytes } from './lex-bytes.ts';
import { lexInt } from './lex-int.ts';
import { operandType } from './operand-type.ts';
import type { ParseState } from './parse-state.ts';
import type { Field } from './scheme.ts';

export interface Indices {
  readonly key: string | undefined;
  readonly index: number | undefined;
  readonly each: boolean;
}

/** Parses any number of indices. Throws ExpressionError. */
export function parseIndices({ cursor }: ParseState, field: Field): Indices {
  let indices: Indices = { key: undefined, index: undefined, each: false };
  while (cursor.startsWith('[')) {
    const start = cursor.at;
    const index = lexIndex(cursor);
    const type = operandType({ kind: 'field', field, ...indices });
    const misuse = describeMisuse(index, type);
    if (misuse !== undefined) throw cursor.error('type', misuse, cursor.spanFrom(start));
    indices = { ...indices, ...index.effect };
  }
  return indices;
}

/** Throws ExpressionError if an index follows that the type, a function's result, does not support. */
export function refuseIndex({ cursor }: ParseState, type: Type): void {
  if (!cursor.startsWith('[')) return;
  const start = cursor.at;
  const misuse = describeMisuse(lexIndex(cursor), type);
  if (misuse !== undefined) throw cursor.error('type', misuse, cursor.spanFrom(start));
  cursor.at = start;
}

interface Index {
  readonly effect: Partial<Indices>;
  /** In the notation of the engine's messages. */
  readonly name: string;
}

function lexIndex(cursor: Cursor): Index {
  cursor.expect('[');
  cursor.skipSpace();
  const start = cursor.at;
  const effect = lexEffect(cursor);
  const written = cursor.text.slice(start, cursor.at);
  cursor.skipSpace();
  cursor.expect(']');
  return { effect, name: effect.key === undefined ? `ArrayIndex(${effect.index})` : `MapKey(${written})` };
}

function lexEffect(cursor: Cursor): Partial<Indices> {
  if (cursor.accept('*')) return { each: true };
  const behind = { start: cursor.at, end: cursor.end };
  if (cursor.startsWith('"')) {
    const key = lexBytes(cursor);
    if (encodeText(decodeText(key)) === key) return { key };
    throw cursor.error('value', 'expected literal "expected utf8 string"', behind);
  }
  const index = lexIndexNumber(cursor);
  if (index === undefined) {
    const message = 'expected literal "expected quoted utf8 string or positive integer"';
    throw cursor.error('syntax', message, behind);
  }
  if (index >= 0 && index <= LARGEST_INDEX) return { index };
  throw cursor.error('syntax', 'expected literal "expected positive integer as index"', behind);
}

function lexIndexNumber(cursor: Cursor): number | undefined {
  try {
    return lexInt(cursor);
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}

/** The engine's indices have 32 bits. */
const LARGEST_INDEX = 2 ** 32 - 1;

function describeMisuse({ effect, name }: Index, type: Type): string | undefined {
  const { shape } = type;
  if (effect.each)
    return shape === 'one' ? `cannot access index MapEach for type ${formatType(type)}` : undefined;
  const fits = effect.key === undefined ? shape === 'array' : shape === 'map' || shape === 'map-of-arrays';
  return fits ? undefined : `cannot access index ${name} for type ${formatType(type)}`;
}
