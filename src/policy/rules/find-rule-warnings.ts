/** Finds rules that are valid but probably not what was intended. */

import type { Steps } from '../../time/steps.ts';
import { Facts } from '../evaluation/facts.ts';
import type { CompiledRule } from './rule.ts';
import { NOT_ENFORCED } from './rule-object.ts';
import { problemOf, type RuleProblem } from './rule-problem.ts';

/** A rule and its position in the input. */
export interface PlacedRule {
  readonly rule: CompiledRule;
  readonly index: number;
}

/** One rule per step. */
export function* findRuleWarnings(rules: readonly PlacedRule[]): Steps<readonly RuleProblem[]> {
  const ordered = rules.toSorted((one, other) => one.rule.precedence - other.rule.precedence);
  const earlier = new Map<string, CompiledRule>();
  const warnings: RuleProblem[] = [];
  for (const placed of ordered) {
    warnings.push(
      ...findOmittedEnabled(placed),
      ...findAnonymous(placed),
      ...findUnreachable(placed, earlier),
    );
    yield;
  }
  return warnings;
}

/** An identity expression such as `identity.email != "x"` also holds for every anonymous client. */
function findAnonymous({ rule, index }: PlacedRule): readonly RuleProblem[] {
  const identity = rule.parts.find(({ part }) => part === 'identity');
  if (identity === undefined) return [];
  const nobody = new Facts(rule.scheme);
  if (!identity.holds(nobody)) return [];
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

/** A rule is unreachable after a rule of the same filter whose conditions are a subset of its own, compared as texts. */
function findUnreachable(
  { rule, index }: PlacedRule,
  earlier: Map<string, CompiledRule>,
): readonly RuleProblem[] {
  if (!rule.enabled) return [];
  const conditions = rule.parts.map(({ part, text }) => `${part} ${text.trim()}`);
  const before = subsetsOf(conditions).map((some) => earlier.get(keyOf(rule, some)));
  const first = before.find((found) => found !== undefined && precludes(found, rule));
  const key = keyOf(rule, conditions);
  if (isAlwaysInForce(rule)) earlier.set(key, earlier.get(key) ?? rule);
  if (first === undefined) return [];
  const message = `the rule is never reached: '${first.name}' matches first wherever it would`;
  return [warning(rule, index, 'unreachable', '', message)];
}

/** DNS rules about the answer are evaluated in a second pass, which takes place even if a rule allows the question. */
function precludes(earlier: CompiledRule, { filter, parts }: CompiledRule): boolean {
  return filter !== 'dns' || earlier.action !== 'allow' || earlier.parts.length === parts.length;
}

/** Whether the rule is in force at all times, so that it can make others unreachable. */
function isAlwaysInForce({ action, source: { schedule, expiration } }: CompiledRule): boolean {
  return (schedule ?? expiration ?? undefined) === undefined && !NOT_ENFORCED.has(action);
}

function keyOf({ filter }: CompiledRule, conditions: readonly string[]): string {
  return [filter, ...conditions].join('\n');
}

/** All subsets, each in the given order, the empty one first; there are at most three conditions. */
function subsetsOf(conditions: readonly string[]): readonly (readonly string[])[] {
  const selections = Array.from({ length: 2 ** conditions.length }, (_, bits) => bits);
  return selections.map((bits) => conditions.filter((_, index) => (bits >> index) & 1));
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
