/**
 * Compiles expressions to closures over `Facts`. Evaluation looks nothing up by name and allocates nothing. An elementwise
 * expression compiles to a length and a truth value per index; a combination is as long as its shortest operand.
 */
import type { Combination, Expression, Quantification } from '../language/ast.ts';
import { compileComparison, compileElementComparison, compileSearch } from './compile-comparison.ts';
import { costOf } from './expression-cost.ts';
import type { Facts } from './facts.ts';
import type { ElementPredicate, Predicate } from './predicate.ts';

/** Compiles an expression that yields a single truth value. */
export function compileExpression(expression: Expression): Predicate {
  switch (expression.kind) {
    case 'comparison':
      return compileComparison(expression);
    case 'not': {
      const operand = compileExpression(expression.operand);
      return (facts) => !operand(facts);
    }
    case 'any':
    case 'all':
      return compileQuantification(expression);
    default:
      return combine(expression.kind, expression.operands.toSorted(byCost).map(compileExpression));
  }
}

/** Operands have no side effects, so they may be evaluated in any order. */
export function byCost(one: Expression, other: Expression): number {
  return costOf(one) - costOf(other);
}

function combine(kind: Combination['kind'], operands: readonly Predicate[]): Predicate {
  return reduceByHalves(operands, (left, right) => combineTwo(kind, left, right));
}

/** Combines the operands as a balanced tree, so that the stack depth is logarithmic in their number. */
function reduceByHalves<T>(operands: readonly T[], combineHalves: (left: T, right: T) => T): T {
  const [first] = operands;
  if (first === undefined) throw new RangeError('Cannot combine operands: there are none');
  if (operands.length === 1) return first;
  const middle = Math.ceil(operands.length / 2);
  const left = reduceByHalves(operands.slice(0, middle), combineHalves);
  return combineHalves(left, reduceByHalves(operands.slice(middle), combineHalves));
}

function combineTwo(kind: Combination['kind'], left: Predicate, right: Predicate): Predicate {
  switch (kind) {
    case 'and':
      return (facts) => left(facts) && right(facts);
    case 'or':
      return (facts) => left(facts) || right(facts);
    case 'xor':
      return (facts) => left(facts) !== right(facts);
  }
}

function compileQuantification({ kind, operand }: Quantification): Predicate {
  // any() searches for an element that holds, all() for one that does not.
  const sought = kind === 'any';
  if (operand.kind === 'comparison') {
    const found = compileSearch(operand, sought);
    return sought ? found : (facts) => !found(facts);
  }
  const elements = compileElements(operand);
  return (facts) => {
    const count = elements.count(facts);
    for (let index = 0; index < count; index++) {
      if (elements.holds(facts, index) === sought) return sought;
    }
    return !sought;
  };
}

function compileElements(expression: Expression): ElementPredicate {
  switch (expression.kind) {
    case 'comparison':
      return compileElementComparison(expression);
    case 'not': {
      const operand = compileElements(expression.operand);
      return {
        count: (facts) => operand.count(facts),
        holds: (facts, index) => !operand.holds(facts, index),
      };
    }
    case 'any':
    case 'all':
      throw new TypeError(`Cannot walk over ${expression.kind}(): it yields a single truth`);
    default:
      return reduceByHalves(expression.operands.map(compileElements), (left, right) =>
        combineElements(expression.kind, left, right),
      );
  }
}

function combineElements(
  kind: Combination['kind'],
  left: ElementPredicate,
  right: ElementPredicate,
): ElementPredicate {
  const count = (facts: Facts) => Math.min(left.count(facts), right.count(facts));
  switch (kind) {
    case 'and':
      return { count, holds: (facts, index) => left.holds(facts, index) && right.holds(facts, index) };
    case 'or':
      return { count, holds: (facts, index) => left.holds(facts, index) || right.holds(facts, index) };
    case 'xor':
      return { count, holds: (facts, index) => left.holds(facts, index) !== right.holds(facts, index) };
  }
}
