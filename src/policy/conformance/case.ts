/**
 * Policy cases, as run by `syngate policy test FILE`: an expression with its expected result, or rules with the one that is
 * expected to decide. Unknown keys are ignored. Rules and lists are not validated here, since a case may be about an invalid
 * one.
 */
import { z } from 'zod';
import { loadFacts } from '../evaluation/load-facts.ts';
import { DNS_FIELDS } from '../language/dns-scheme.ts';
import { GATEWAY_FIELDS, gatewayScheme } from '../language/gateway-scheme.ts';
import { IDENTITY_FIELDS, IDENTITY_RECORDS } from '../language/identity-fields.ts';
import { Scheme } from '../language/scheme.ts';
import type { ListObject } from '../lists/list-object.ts';
import { type CompiledPolicy, type CompileOptions, compileRules } from '../rules/compile-rules.ts';
import type { CompiledRule } from '../rules/rule.ts';
import type { RuleObject } from '../rules/rule-object.ts';
import type { RuleProblem } from '../rules/rule-problem.ts';

const shared = {
  name: z.string(),
  /** An object of lists by id, or an array as in a policy file. */
  lists: z.union([z.array(z.custom<ListObject>()), z.record(z.string(), z.custom<object>())]).optional(),
  context: z.record(z.string(), z.unknown()).default({}),
  /** Default: compat. */
  mode: z.enum(['compat', 'strict']).optional(),
};

const expression = z.custom<string | null>().optional();

export const expressionCaseSchema = z.looseObject({
  ...shared,
  traffic: expression,
  identity: expression,
  device_posture: expression,
  expect: z.union([z.boolean(), z.literal('error')]),
});

export const ruleCaseSchema = z.looseObject({
  ...shared,
  rules: z.array(z.custom<RuleObject>()),
  /** Egress addresses out of service; `0.0.0.0` and `::` stand for the default ones. */
  down: z.array(z.string()).default([]),
  /** The id of a rule; null: no rule may match; `error`: the rules must be refused; absent: any rule may decide. */
  expect_rule: z.string().nullish(),
  /** The same as `expect_rule: error`. */
  expect: z.literal('error').optional(),
});

export type ExpressionCase = z.input<typeof expressionCaseSchema>;
export type RuleCase = z.input<typeof ruleCaseSchema>;

interface CaseOutcome {
  readonly passed: boolean;
  readonly problems: readonly RuleProblem[];
  /** Keys of the context that match no field. */
  readonly unknownKeys: readonly string[];
}

export interface ExpressionOutcome extends CaseOutcome {
  readonly expected: boolean | 'error';
  readonly actual: boolean | 'error';
}

export interface RuleOutcome extends CaseOutcome {
  /** An id; null for no rule; undefined for any. The egress address is checked by the caller. */
  readonly expected: string | null | undefined;
  readonly actual: string | null;
  /** The rule that decided. */
  readonly rule: CompiledRule | undefined;
}

/** An expression case does not say which filter it is for, so it may use the fields of all of them. */
const caseScheme = new Scheme([...distinctFields()], { records: IDENTITY_RECORDS });

/** Evaluates the case's expressions as one rule. Throws FactError for a context value that does not fit its field. */
export function runExpressionCase(given: ExpressionCase, options: CompileOptions = {}): ExpressionOutcome {
  const { name, traffic, identity, device_posture, expect: expected } = given;
  const parts = { traffic, identity, device_posture };
  const rule = { name: name || 'case', action: 'egress', filters: ['egress'], enabled: true, ...parts };
  const { ruleSet, problems } = compileCase([rule], given, { ...options, schemeOf: () => caseScheme });
  const { facts, unknownKeys } = loadFacts(given.context ?? {}, caseScheme);
  const actual = problems.some(isError) ? 'error' : ruleSet.decide(facts) !== undefined;
  return { passed: actual === expected, expected, actual, problems, unknownKeys };
}

/** Finds the rule that decides. Throws FactError for a context value that does not fit its field. */
export function runRuleCase(given: RuleCase): RuleOutcome {
  const { ruleSet, problems } = compileCase(given.rules, given, {
    // Only egress rules are evaluated, so only their fields need to be the right ones.
    schemeOf: (filter) => (filter === 'egress' ? gatewayScheme : caseScheme),
  });
  const { facts, unknownKeys } = loadFacts(given.context ?? {}, gatewayScheme);
  const expected = given.expect_rule === undefined ? given.expect : given.expect_rule;
  const rule = problems.some(isRefusal(expected === 'error')) ? 'error' : ruleSet.decide(facts);
  const actual = rule === 'error' ? rule : (rule?.id ?? null);
  return {
    passed: expected === undefined ? actual !== 'error' : actual === expected,
    expected,
    actual,
    rule: rule === 'error' ? undefined : rule,
    problems,
    unknownKeys: unknownKeys.filter((key) => caseScheme.field(key) === undefined),
  };
}

/** Other errors than those in expressions and lists, such as a missing fallback, count only if the case expects an error. */
function isRefusal(isAboutErrors: boolean): (problem: RuleProblem) => boolean {
  return (problem) =>
    isError(problem) && (isAboutErrors || ['shape', 'expression', 'list'].includes(problem.code));
}

function isError({ severity }: RuleProblem): boolean {
  return severity === 'error';
}

function compileCase(
  rules: readonly RuleObject[],
  { lists, mode }: Pick<RuleCase, 'lists' | 'mode'>,
  options: CompileOptions,
): CompiledPolicy {
  return compileRules(rules, listsOf(lists), { ...options, ...(mode === undefined ? {} : { mode }) });
}

function listsOf(given: RuleCase['lists']): readonly ListObject[] {
  if (given === undefined || Array.isArray(given)) return given ?? [];
  return Object.entries(given).map(([id, list]) => asList({ name: id, ...list, id }));
}

/** Not validated here: the compiler does it. */
const asList = (list: unknown) => z.custom<ListObject>().parse(list);

function distinctFields(): Iterable<(typeof GATEWAY_FIELDS)[number]> {
  const fields = [...GATEWAY_FIELDS, ...DNS_FIELDS, ...IDENTITY_FIELDS];
  return new Map(fields.map((field) => [field.name, field])).values();
}
