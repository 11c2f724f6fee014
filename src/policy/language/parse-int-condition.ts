/** Operators on integers. Compat mode accepts quoted integers: `"443"`. */
import type { IntCondition } from './ast.ts';
import { Cursor } from './cursor.ts';
import { ExpressionError } from './expression-error.ts';
import { lexBytes } from './lex-bytes.ts';
import { type IntRange, lexExactInt, lexInt, lexIntRange } from './lex-int.ts';
import type { Operator } from './lex-operator.ts';
import { parseSet } from './parse-set.ts';
import type { ParseState } from './parse-state.ts';

/** Undefined if the operator does not apply to integers. Throws ExpressionError. */
export function parseIntCondition(state: ParseState, operator: Operator): IntCondition | undefined {
  switch (operator) {
    case 'in':
      return { scalar: 'Int', kind: 'set', ranges: parseSet(state, () => parseIntRange(state)) };
    case '&':
      return { scalar: 'Int', kind: 'mask', mask: unquoted(state, lexExactInt) };
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return { scalar: 'Int', kind: 'order', order: operator, value: unquoted(state, lexInt) };
    default:
      return undefined;
  }
}

function parseIntRange(state: ParseState): IntRange {
  const { cursor, mode, warnings } = state;
  const start = cursor.at;
  const range = unquoted(state, lexIntRange);
  const meant = /^-(\d+)/.exec(cursor.text.slice(cursor.at, cursor.at + 20))?.[1];
  if (mode === 'compat' && meant !== undefined) {
    const { first } = range;
    const message = `${first}-${meant} are the numbers ${first} and -${meant}: a range is written ${first}..${meant}`;
    warnings.push({ code: 'never_matches', message, span: cursor.spanFrom(start) });
  }
  return range;
}

/** Applies `lex` here, or in compat mode to the content of a quoted text. */
function unquoted<T>({ cursor, mode }: ParseState, lex: (cursor: Cursor) => T): T {
  if (mode === 'strict' || !cursor.startsWith('"')) return lex(cursor);
  const start = cursor.at;
  const inner = new Cursor(lexBytes(cursor));
  try {
    const value = lex(inner);
    if (inner.done) return value;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw cursor.error(error.kind, error.message, cursor.spanFrom(start));
  }
  throw cursor.error('value', 'expected digit', cursor.spanFrom(start));
}
