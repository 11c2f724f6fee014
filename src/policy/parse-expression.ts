/** Logical operators, negation and parentheses (A.2): `or` binds loosest, then `xor`, then `and`, then `not`. */
import type { Combination, Expression } from './ast.ts';
import { parseComparison } from './parse-comparison.ts';
import { nest, type ParseState } from './parse-state.ts';

const LEVELS: ReadonlyArray<{ readonly kind: Combination['kind']; readonly spellings: readonly string[] }> = [
  { kind: 'or', spellings: ['or', '||'] },
  { kind: 'xor', spellings: ['xor', '^^'] },
  { kind: 'and', spellings: ['and', '&&'] },
];

/** The expression that stands here, without what may follow it. Throws ExpressionError. */
export function parseLogical(state: ParseState, level = 0): Expression {
  const operator = LEVELS[level];
  if (operator === undefined) return parseSimple(state);
  const start = state.cursor.at;
  const first = parseLogical(state, level + 1);
  const operands = [first];
  while (acceptOperator(state, operator.spellings)) {
    const operand = parseLogical(state, level + 1);
    checkSameType(state, first, operand);
    operands.push(operand);
  }
  if (operands.length === 1) return first;
  const { kind } = operator;
  return { kind, operands, elementwise: first.elementwise, span: state.cursor.spanFrom(start) };
}

/** A parenthesis, a negation or a comparison: all that may stand inside any() without more parentheses. */
export function parseSimple(state: ParseState): Expression {
  const { cursor } = state;
  const start = cursor.at;
  if (cursor.accept('(')) return nest(state, () => parseParenthesis(state));
  if (cursor.accept('not') || cursor.accept('!')) {
    cursor.skipSpace();
    const operand = nest(state, () => parseSimple(state));
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

function checkSameType({ cursor }: ParseState, first: Expression, other: Expression): void {
  if (first.elementwise === other.elementwise) return;
  throw cursor.error('type', `expected value of type ${typeOf(first)}, but got ${typeOf(other)}`, other.span);
}

function typeOf(expression: Expression): string {
  return expression.elementwise ? 'Array<Bool>' : 'Bool';
}
