/** Rules that are valid and yet hardly meant so. */

import { compileExpression } from './compile-expression.ts';
import { Facts } from './facts.ts';
import type { CompiledRule } from './rule.ts';
import { problemOf, type RuleProblem } from './rule-problem.ts';

/** A rule and its index among the objects that were given. */
export interface PlacedRule {
  readonly rule: CompiledRule;
  readonly index: number;
}

export function findDoubts(rules: readonly PlacedRule[]): readonly RuleProblem[] {
  const ordered = rules.toSorted((one, other) => one.rule.precedence - other.rule.precedence);
  const earlier = new Map<string, CompiledRule>();
  return ordered.flatMap((placed) => [
    ...findOmittedEnabled(placed),
    ...findAnonymous(placed),
    ...findUnreachable(placed, earlier),
  ]);
}

/** An identity expression such as `identity.email != "x"` holds for everybody who is not signed in. */
function findAnonymous({ rule, index }: PlacedRule): readonly RuleProblem[] {
  const identity = rule.parts.find(({ part }) => part === 'identity');
  if (identity === undefined) return [];
  const nobody = new Facts(rule.scheme);
  if (!compileExpression(identity.expression)(nobody)) return [];
  const message = 'the identity expression also holds for clients without an identity';
  return [warning(rule, index, 'anonymous', '/identity', message)];
}

function findOmittedEnabled({ rule, index }: PlacedRule): readonly RuleProblem[] {
  if (rule.source.enabled !== undefined && rule.source.enabled !== null) return [];
  return [
    warning(
      rule,
      index,
      'disabled',
      '/enabled',
      'the rule is disabled: "enabled" is not set, and its default is false',
    ),
  ];
}

/** Behind a rule without conditions, or with the same texts, no rule of its filter is ever asked. */
function findUnreachable(
  { rule, index }: PlacedRule,
  earlier: Map<string, CompiledRule>,
): readonly RuleProblem[] {
  if (!rule.enabled) return [];
  const catchAll = rule.filter;
  const key = [catchAll, ...rule.parts.map(({ part, text }) => `${part} ${text}`)].join('\n');
  const before = earlier.get(catchAll) ?? earlier.get(key);
  earlier.set(key, before ?? rule);
  if (before === undefined) return [];
  const message = `the rule is never reached: '${before.name}' matches first wherever it would`;
  return [warning(rule, index, 'unreachable', '', message)];
}

function warning(
  rule: CompiledRule,
  index: number,
  code: RuleProblem['code'],
  pointer: string,
  message: string,
): RuleProblem {
  return { ...problemOf(rule.source, index, code, pointer, message), severity: 'warning' };
}
