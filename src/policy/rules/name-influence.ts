/**
 * Three-valued evaluation of a rule against two sets of facts, with and without a hostname: could the rule treat a connection
 * to the name differently from one to the same real address? Only then must the name be known when the connection arrives.
 * All other fields (user, port, real destination) are unknown, and have the same value in both sets.
 */

import { compileExpression } from '../evaluation/compile-expression.ts';
import type { Facts } from '../evaluation/facts.ts';
import type { Expression } from '../language/ast.ts';
import { fieldsOf } from './expression-fields.ts';
import type { CompiledRule } from './rule.ts';

/** The names of the fields whose values depend on the hostname alone. */
export type NameFields = ReadonlySet<string>;

/** Whether the name makes a difference. `named` and `nameless` have only the fields that depend on the name. */
export type NameInfluence = (named: Facts, nameless: Facts) => boolean;

/** Conservative: may return true where there is no difference. A disabled rule makes none. */
export function makeNameInfluence(
  { enabled, parts }: Pick<CompiledRule, 'enabled' | 'parts'>,
  names: NameFields,
): NameInfluence {
  if (!enabled) return () => false;
  const both = combine(
    'and',
    parts.map(({ expression }) => compareOutcomes(expression, names)),
  );
  return (named, nameless) => !both(named, nameless).isSame;
}

/** The results with and without the name; undefined if they depend on unknown fields. */
interface Outcomes {
  readonly named: boolean | undefined;
  readonly nameless: boolean | undefined;
  /** Whether both results are equal for all values of the unknown fields. */
  readonly isSame: boolean;
}

type Comparer = (named: Facts, nameless: Facts) => Outcomes;

const UNKNOWN: Outcomes = { named: undefined, nameless: undefined, isSame: true };
const DIFFERENT: Outcomes = { named: undefined, nameless: undefined, isSame: false };

function compareOutcomes(expression: Expression, names: NameFields): Comparer {
  const fields = fieldsOf(expression);
  if (!fields.some((field) => names.has(field))) return () => UNKNOWN;
  if (!expression.elementwise && fields.every((field) => names.has(field))) return compareKnown(expression);
  switch (expression.kind) {
    case 'and':
    case 'or':
      return combine(
        expression.kind,
        expression.operands.map((operand) => compareOutcomes(operand, names)),
      );
    case 'not':
      return negate(compareOutcomes(expression.operand, names));
    default:
      return () => DIFFERENT;
  }
}

function compareKnown(expression: Expression): Comparer {
  const holds = compileExpression(expression);
  return (named, nameless) => {
    const outcomes = { named: holds(named), nameless: holds(nameless) };
    return { ...outcomes, isSame: outcomes.named === outcomes.nameless };
  };
}

/** One false operand decides a conjunction, one true operand a disjunction, even if others are unknown. */
function combine(kind: 'and' | 'or', operands: readonly Comparer[]): Comparer {
  const decisive = kind === 'or';
  const merge = (values: readonly (boolean | undefined)[]) => {
    if (values.includes(decisive)) return decisive;
    return values.includes(undefined) ? undefined : !decisive;
  };
  return (named, nameless) => {
    const all = operands.map((operand) => operand(named, nameless));
    const merged = {
      named: merge(all.map((outcomes) => outcomes.named)),
      nameless: merge(all.map((outcomes) => outcomes.nameless)),
    };
    const isDecided = merged.named !== undefined && merged.named === merged.nameless;
    return { ...merged, isSame: isDecided || all.every(({ isSame }) => isSame) };
  };
}

function negate(operand: Comparer): Comparer {
  const flip = (value: boolean | undefined) => (value === undefined ? undefined : !value);
  return (named, nameless) => {
    const outcomes = operand(named, nameless);
    return { named: flip(outcomes.named), nameless: flip(outcomes.nameless), isSame: outcomes.isSame };
  };
}
