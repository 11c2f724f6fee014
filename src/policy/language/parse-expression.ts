/** Logical operators, negation and parentheses (docs/policy.md): `or` binds loosest, then `xor`, then `and`, then `not`. */
import type { Combination, Expression } from './ast.ts';
import type { ExpressionError } from './expression-error.ts';
import { parseComparison } from './parse-comparison.ts';
import { nest, type ParseState } from './parse-state.ts';

const LEVELS: ReadonlyArray<{ readonly kind: Combination['kind']; readonly spellings: readonly string[] }> = [
  { kind: 'or', spellings: ['or', '||'] },
  { kind: 'xor', spellings: ['xor', '^^'] },
  { kind: 'and', spellings: ['and', '&&'] },
];

/** Parses an expression of the given precedence level, and nothing after it. Throws ExpressionError. */
export function parseLogical(state: ParseState, level = 0): Expression {
  const operator = LEVELS[level];
  if (operator === undefined) return parseSimple(state);
  const start = state.cursor.at;
  const first = parseLogical(state, level + 1);
  const operands = [first];
  while (acceptOperator(state, operator.spellings)) {
    const operand = parseLogical(state, level + 1);
    if (first.elementwise !== operand.elementwise) throw mismatch(state, first, operand);
    operands.push(operand);
  }
  if (operands.length === 1) return first;
  const { kind } = operator;
  return { kind, operands, elementwise: first.elementwise, span: state.cursor.spanFrom(start) };
}

/** A parenthesised expression, a negation or a comparison: what any() accepts without further parentheses. */
function parseSimple(state: ParseState): Expression {
  const { cursor } = state;
  const start = cursor.at;
  if (cursor.accept('(')) return nest(state, start, () => parseParenthesis(state));
  if (cursor.accept('not') || cursor.accept('!')) {
    cursor.skipSpace();
    const operand = nest(state, start, () => parseSimple(state));
    return { kind: 'not', operand, elementwise: operand.elementwise, span: cursor.spanFrom(start) };
  }
  return parseComparison(state, parseSimple);
}

function parseParenthesis(state: ParseState): Expression {
  state.cursor.skipSpace();
  const expression = parseLogical(state);
  state.cursor.skipSpace();
  state.cursor.expect(')');
  return expression;
}

function acceptOperator({ cursor }: ParseState, spellings: readonly string[]): boolean {
  const before = cursor.at;
  cursor.skipSpace();
  if (spellings.some((spelling) => cursor.accept(spelling))) {
    cursor.skipSpace();
    return true;
  }
  cursor.at = before;
  return false;
}

/** The engine points after the operand and any operator that follows it; compat mode points at the operand itself. */
function mismatch(state: ParseState, first: Expression, other: Expression): ExpressionError {
  const { cursor, mode } = state;
  const message = `expected value of type ${typeOf(first)}, but got ${typeOf(other)}`;
  if (mode === 'compat') return cursor.error('type', message, other.span);
  LEVELS.some(({ spellings }) => acceptOperator(state, spellings));
  return cursor.error('type', message);
}

function typeOf(expression: Expression): string {
  return expression.elementwise ? 'Array<Bool>' : 'Bool';
}
