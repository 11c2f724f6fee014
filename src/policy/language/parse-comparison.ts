/** Parses a comparison, or any() or all() in place of one. */

import { formatType } from '../values/types.ts';
import type { Comparison, Expression, Quantification } from './ast.ts';
import { parseCondition } from './parse-condition.ts';
import { lexName, type ParseSimple, parseOperand } from './parse-operand.ts';
import { nest, type ParseState } from './parse-state.ts';

export function parseComparison(state: ParseState, parseSimple: ParseSimple): Expression {
  const { cursor } = state;
  const start = cursor.at;
  const name = lexName(cursor);
  if (state.scheme.quantifies && (name === 'any' || name === 'all')) {
    return nest(state, cursor.at, () => parseQuantification(state, name, start, parseSimple));
  }
  const left = parseOperand(state, name, start, parseSimple);
  const condition = parseCondition(state, left);
  const elementwise = left.kind === 'field' && left.many;
  const comparison: Comparison = {
    kind: 'comparison',
    left,
    condition,
    elementwise,
    span: cursor.spanFrom(start),
  };
  const isBare = elementwise && !state.quantified && state.mode === 'compat';
  return isBare ? quantifyImplicitly(state, comparison) : comparison;
}

function parseQuantification(
  state: ParseState,
  kind: 'any' | 'all',
  start: number,
  parseSimple: ParseSimple,
): Quantification {
  const { cursor } = state;
  cursor.skipSpace();
  cursor.expect('(');
  cursor.skipSpace();
  refuseWrongArgument(state);
  const argumentStart = cursor.at;
  const outer = state.quantified;
  state.quantified = true;
  const operand = parseSimple(state);
  state.quantified = outer;
  if (!operand.elementwise) {
    const message = 'invalid type of argument #0: expected value of type Array<Bool>, but got Bool';
    throw cursor.error('type', message, cursor.spanFrom(argumentStart));
  }
  cursor.skipSpace();
  if (cursor.accept(',')) {
    cursor.skipSpace();
    throw cursor.error('syntax', 'invalid number of arguments');
  }
  cursor.expect(')');
  return { kind, operand, implicit: false, elementwise: false, span: cursor.spanFrom(start) };
}

function refuseWrongArgument({ cursor }: ParseState): void {
  if (cursor.startsWith(')')) throw cursor.error('syntax', 'invalid number of arguments');
  if (!cursor.startsWith('"')) return;
  const message = 'invalid kind of argument #0: expected argument of kind Field, but got Literal';
  throw cursor.error('type', message);
}

/** Compat mode inserts any() around `a[*] == x`, and `a == x` on an array: published examples omit it. */
function quantifyImplicitly(state: ParseState, comparison: Comparison): Quantification {
  const { cursor, warnings } = state;
  const { span } = comparison;
  const written = cursor.text.slice(span.start, span.end);
  const type = comparison.left.kind === 'field' ? formatType(comparison.left.field.type) : '';
  const message = `an ${type} is compared without any(): read as any(${written})`;
  warnings.push({ code: 'implicit_any', message, span });
  return { kind: 'any', operand: comparison, implicit: true, elementwise: false, span };
}
