/** Explains why a rule did or did not match: the tree of each expression with what held, and the values that were seen. */
import { type Address, formatAddress } from '../../wire/address.ts';
import { compileElementComparison } from '../evaluation/compile-comparison.ts';
import { compileExpression } from '../evaluation/compile-expression.ts';
import {
  readAddress,
  readAddresses,
  readFlag,
  readFlags,
  readInteger,
  readIntegers,
  readText,
  readTexts,
} from '../evaluation/compile-operand.ts';
import type { Elements, Facts } from '../evaluation/facts.ts';
import type { Comparison, Expression, Operand } from '../language/ast.ts';
import { decodeText } from '../values/text-value.ts';
import type { CompiledRule } from './rule.ts';
import type { RulePart } from './rule-object.ts';

export interface Explanation {
  /** The part of the expression, as written. */
  readonly text: string;
  /** Undefined for a part that has a truth for each element and none of its own. */
  readonly held: boolean | undefined;
  /** For a comparison: the values on its left; empty when the field is missing. */
  readonly seen?: readonly string[];
  readonly parts: readonly Explanation[];
}

export interface RuleTrace {
  readonly rule: CompiledRule;
  /** Whether all its expressions hold; a disabled rule can hold and not decide. */
  readonly matched: boolean;
  /** Whether it is the rule that decides. */
  readonly decided: boolean;
  readonly parts: ReadonlyArray<{ readonly part: RulePart; readonly explanation: Explanation }>;
}

export function explainRule(rule: CompiledRule, facts: Facts, decided: boolean): RuleTrace {
  const parts = rule.parts.map(({ part, text, expression }) => ({
    part,
    explanation: explainExpression(expression, text, facts),
  }));
  return { rule, matched: rule.matches(facts), decided, parts };
}

/** `text` is the text that the expression was parsed from. */
export function explainExpression(expression: Expression, text: string, facts: Facts): Explanation {
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

/** What else the field is called. */
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
      return readFlag(left)(facts);
    case 'Int':
      return readInteger(left)(facts);
    case 'Bytes':
      return readText(left)(facts);
    case 'Ip':
      return readAddress(left)(facts);
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
      return readFlags(left)(facts) ?? [];
    case 'Int':
      return readIntegers(left)(facts) ?? [];
    case 'Bytes':
      return readTexts(left)(facts) ?? [];
    case 'Ip':
      return readAddresses(left)(facts) ?? [];
  }
}

function describeValue(value: Value): string {
  if (typeof value === 'string') return decodeText(value);
  return value instanceof Uint8Array ? formatAddress(value) : String(value);
}
