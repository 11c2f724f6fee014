/**
 * Policy cases, the rows of `syngate policy test FILE`: an expression with its expected result, or rules with the one
 * that is expected to decide. Unknown keys are ignored, and rules and lists are not validated here: a case may be about
 * a malformed one.
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
  /** By id, as cases have them, or as the list of objects that a policy has. */
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
  /** Egress addresses out of service; `0.0.0.0` and `::` are the default ones. */
  down: z.array(z.string()).default([]),
  /** Null: no rule is to match; `error`: the rules are to be refused; absent: whichever decides. */
  expect_rule: z.string().nullish(),
  /** The same as `expect_rule: error`. */
  expect: z.literal('error').optional(),
});

export type ExpressionCase = z.input<typeof expressionCaseSchema>;
export type RuleCase = z.input<typeof ruleCaseSchema>;

interface Findings {
  readonly passed: boolean;
  readonly problems: readonly RuleProblem[];
  /** Keys of the context that no field has. */
  readonly unknownKeys: readonly string[];
}

export interface ExpressionOutcome extends Findings {
  readonly expected: boolean | 'error';
  readonly actual: boolean | 'error';
}

export interface RuleOutcome extends Findings {
  /** Ids, null for none, undefined for whichever. The egress address is for the caller to choose and judge. */
  readonly expected: string | null | undefined;
  readonly actual: string | null;
  /** With its egress settings. */
  readonly rule: CompiledRule | undefined;
}

/** Cases of expressions do not say which kind of rule they are for, so they may name the fields of all. */
const caseScheme = new Scheme([...withoutDoubles()], { records: IDENTITY_RECORDS });

/** The three expressions as one rule over the context. Throws FactError for a context that does not fit its fields. */
export function runExpressionCase(given: ExpressionCase, options: CompileOptions = {}): ExpressionOutcome {
  const { name, traffic, identity, device_posture, expect: expected } = given;
  const parts = { traffic, identity, device_posture };
  const rule = { name: name || 'case', action: 'egress', filters: ['egress'], enabled: true, ...parts };
  const { ruleSet, problems } = compileCase([rule], given, { ...options, schemeOf: () => caseScheme });
  const { facts, unknownKeys } = loadFacts(given.context ?? {}, caseScheme);
  const actual = problems.some(isError) ? 'error' : ruleSet.decide(facts) !== undefined;
  return { passed: actual === expected, expected, actual, problems, unknownKeys };
}

/** Which of the rules decides. Throws FactError for a context that does not fit its fields. */
export function runRuleCase(given: RuleCase): RuleOutcome {
  const { ruleSet, problems } = compileCase(given.rules, given, {
    // Only egress rules are asked, so only their fields are known here to be the right ones.
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

/** Faults beside expressions and lists, such as an omitted fallback, are let pass where the case is not about them. */
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

/** The compiler checks lists for itself. */
const asList = (list: unknown) => z.custom<ListObject>().parse(list);

function withoutDoubles(): Iterable<(typeof GATEWAY_FIELDS)[number]> {
  const fields = [...GATEWAY_FIELDS, ...DNS_FIELDS, ...IDENTITY_FIELDS];
  return new Map(fields.map((field) => [field.name, field])).values();
}
