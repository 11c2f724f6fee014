/**
 * Extracts necessary conditions from an expression: keys without which the facts cannot satisfy it. They are seldom
 * sufficient. Undefined if there are none, as for `!=` and anything under `not`, which a missing value satisfies too.
 */
import type {
  AddressCondition,
  BytesCondition,
  Comparison,
  Expression,
  FieldOperand,
  IntCondition,
} from '../language/ast.ts';
import type { IntRange } from '../language/lex-int.ts';
import { gramsOf } from '../lookup/grams.ts';
import { hashInteger, hashText } from '../lookup/hash.ts';
import type { Range } from '../lookup/range-ends.ts';
import { every, type Need, need, some } from './need.ts';
import { findRegexNeed } from './regex-need.ts';
import type { RuleKey } from './rule-key.ts';

export function findNeed(expression: Expression): Need<RuleKey> | undefined {
  switch (expression.kind) {
    case 'and':
      return every(expression.operands.map(findNeed));
    case 'or':
      return some(expression.operands.map(findNeed));
    case 'any':
      // A single element satisfies the whole operand, so each comparison in it is satisfied by some element.
      return findNeed(expression.operand);
    case 'comparison':
      return findComparisonNeed(expression);
    case 'not':
    case 'xor':
    case 'all':
      return undefined;
  }
}

function findComparisonNeed({ left, condition }: Comparison): Need<RuleKey> | undefined {
  if (left.kind === 'call' || condition.scalar === 'Bool') return undefined;
  if (condition.kind === 'list') return need({ kind: 'list', place: left, list: condition.list });
  if (condition.scalar === 'Bytes') return findTextNeed(left, condition);
  if (condition.scalar === 'Int') return findIntegerNeed(left, condition);
  const ranges = addressRanges(condition);
  return ranges && need({ kind: 'ranges', place: left, ranges });
}

function findTextNeed(place: FieldOperand, condition: BytesCondition): Need<RuleKey> | undefined {
  const ofLiteral = (literal: string) =>
    every(gramsOf(literal).map((gram) => need<RuleKey>({ kind: 'gram', place, gram })));
  switch (condition.kind) {
    case 'order':
      return condition.order === '==' ? needTexts(place, [condition.value]) : undefined;
    case 'set':
      return needTexts(place, condition.values);
    case 'contains':
      return ofLiteral(condition.value);
    case 'wildcard':
      return every(condition.wildcard.runs.map(ofLiteral));
    case 'matches':
      return findRegexNeed(condition.regex.pattern, ofLiteral);
    default:
      return undefined;
  }
}

function needTexts(place: FieldOperand, texts: readonly string[]): Need<RuleKey> {
  return need({ kind: 'values', place, hashes: texts.map(hashText) });
}

/** Single integers are looked up by hash, all others by range. */
function findIntegerNeed(place: FieldOperand, condition: IntCondition): Need<RuleKey> | undefined {
  const ranges = integerRanges(condition);
  if (ranges === undefined) return undefined;
  const hashes = ranges.flatMap(({ first, last }) => (first === last ? [hashInteger(first)] : []));
  const wide = ranges.filter(({ first, last }) => first !== last);
  return some([
    ...(hashes.length > 0 ? [need<RuleKey>({ kind: 'values', place, hashes })] : []),
    ...(wide.length > 0 ? [need<RuleKey>({ kind: 'ranges', place, ranges: wide })] : []),
  ]);
}

function integerRanges(condition: IntCondition): readonly IntRange[] | undefined {
  if (condition.kind === 'set') return condition.ranges;
  if (condition.kind !== 'order' || condition.order === '!=') return undefined;
  const { order, value } = condition;
  const first = order.startsWith('<') ? Number.NEGATIVE_INFINITY : value;
  const last = order.startsWith('>') ? Number.POSITIVE_INFINITY : value;
  return [{ first, last }];
}

function addressRanges(condition: AddressCondition): readonly Range[] | undefined {
  if (condition.kind === 'set') return condition.negated ? undefined : condition.ranges;
  if (condition.kind !== 'order' || condition.order === '!=') return undefined;
  const { order, value } = condition;
  const first = order.startsWith('<') ? value.map(() => 0) : value;
  const last = order.startsWith('>') ? value.map(() => 0xff) : value;
  return [{ first, last }];
}
