/** Estimates the cost of evaluating an expression, so that cheap operands of `and` and `or` are evaluated first. */
import type { Comparison, Expression } from '../language/ast.ts';

/** The cost in units of one integer comparison. */
export function costOf(expression: Expression): number {
  switch (expression.kind) {
    case 'comparison':
      return costOfComparison(expression);
    case 'not':
      return costOf(expression.operand);
    case 'any':
    case 'all':
      return ELEMENTS * costOf(expression.operand);
    default:
      return expression.operands.reduce((sum, operand) => sum + costOf(operand), 0);
  }
}

/** Assumed length of an array. */
const ELEMENTS = 3;

function costOfComparison({ left, condition }: Comparison): number {
  if (left.kind === 'call') return COSTS.call;
  return condition.scalar === 'Bool' ? COSTS.order : COSTS[condition.kind];
}

/** Lists are large, so a look-up is usually a cache miss; a regex runs in WebAssembly. */
const COSTS = {
  order: 1,
  mask: 2,
  set: 3,
  contains: 3,
  wildcard: 4,
  list: 20,
  matches: 40,
  call: 40,
} as const;
