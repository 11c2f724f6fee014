/** Explains why a rule does or does not match: the tree of each expression, with results and the values compared. */
import { type Address, formatAddress } from '../../wire/address.ts';
import { compileElementComparison } from '../evaluation/compile-comparison.ts';
import { compileExpression } from '../evaluation/compile-expression.ts';
import {
  addressArrayReader,
  addressReader,
  flagArrayReader,
  flagReader,
  integerArrayReader,
  integerReader,
  textArrayReader,
  textReader,
} from '../evaluation/compile-operand.ts';
import type { Elements, Facts } from '../evaluation/facts.ts';
import type { Comparison, Expression, Operand } from '../language/ast.ts';
import { decodeText } from '../values/text-value.ts';
import type { CompiledRule } from './rule.ts';
import type { RulePart } from './rule-object.ts';

export interface ExpressionTrace {
  /** This part of the expression, as written. */
  readonly text: string;
  /** The result; undefined for an elementwise part, which has one per element. */
  readonly held: boolean | undefined;
  /** For a comparison: the values of its left side; empty if the field is missing. */
  readonly seen?: readonly string[];
  readonly parts: readonly ExpressionTrace[];
}

export interface RuleTrace {
  readonly rule: CompiledRule;
  /** Whether all its expressions hold, regardless of whether the rule is enabled. */
  readonly matched: boolean;
  /** Whether this rule decides. */
  readonly decided: boolean;
  readonly parts: ReadonlyArray<{ readonly part: RulePart; readonly explanation: ExpressionTrace }>;
}

export function explainRule(rule: CompiledRule, facts: Facts, decided: boolean): RuleTrace {
  const parts = rule.parts.map(({ part, text, expression }) => ({
    part,
    explanation: explainExpression(expression, text, facts),
  }));
  return { rule, matched: rule.matches(facts), decided, parts };
}

/** `text` is the source text of the expression. */
export function explainExpression(expression: Expression, text: string, facts: Facts): ExpressionTrace {
  const written = text.slice(expression.span.start, expression.span.end);
  const held = expression.elementwise ? undefined : compileExpression(expression)(facts);
  const operands = operandsOf(expression);
  const parts = operands.map((operand) => explainExpression(operand, text, facts));
  if (expression.kind !== 'comparison') return { text: written, held, parts };
  return { text: written, held, seen: seenBy(expression, facts), parts };
}

function operandsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'comparison':
      return [];
    case 'not':
    case 'any':
    case 'all':
      return [expression.operand];
    default:
      return expression.operands;
  }
}

function seenBy(comparison: Comparison, facts: Facts): readonly string[] {
  const { left, condition, elementwise } = comparison;
  const values = elementwise
    ? readElements(left, condition.scalar, facts, compileElementComparison(comparison).count(facts))
    : [readValue(left, condition.scalar, facts), ...readOthers(left, facts)];
  return values.flatMap((value) => (value === undefined ? [] : [describeValue(value)]));
}

/** Further values of a single-text field (`Facts.otherTexts`). */
function readOthers(left: Operand, facts: Facts): readonly string[] {
  const isText =
    left.kind !== 'call' && left.field.type.scalar === 'Bytes' && left.field.type.shape === 'one';
  return (isText ? facts.otherTexts[left.field.slot] : undefined) ?? [];
}

type Value = boolean | number | string | Address;

function readValue(
  left: Operand,
  scalar: Comparison['condition']['scalar'],
  facts: Facts,
): Value | undefined {
  switch (scalar) {
    case 'Bool':
      return flagReader(left)(facts);
    case 'Int':
      return integerReader(left)(facts);
    case 'Bytes':
      return textReader(left)(facts);
    case 'Ip':
      return addressReader(left)(facts);
  }
}

function readElements(
  left: Operand,
  scalar: Comparison['condition']['scalar'],
  facts: Facts,
  count: number,
): Elements<Value> {
  if (left.kind === 'call' || count === 0) return [];
  switch (scalar) {
    case 'Bool':
      return flagArrayReader(left)(facts) ?? [];
    case 'Int':
      return integerArrayReader(left)(facts) ?? [];
    case 'Bytes':
      return textArrayReader(left)(facts) ?? [];
    case 'Ip':
      return addressArrayReader(left)(facts) ?? [];
  }
}

function describeValue(value: Value): string {
  if (typeof value === 'string') return decodeText(value);
  return value instanceof Uint8Array ? formatAddress(value) : String(value);
}
