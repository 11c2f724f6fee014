/**
 * Policy cases, the rows of `syngate policy test FILE`: an expression with its expected result, or rules with the one
 * that is expected to decide. Keys that are not named here are ignored.
 */
import { z } from 'zod';
import { type CompileOptions, compileRules } from './compile-rules.ts';
import { DNS_FIELDS } from './dns-scheme.ts';
import { GATEWAY_FIELDS } from './gateway-scheme.ts';
import { IDENTITY_FIELDS, IDENTITY_RECORDS } from './identity-fields.ts';
import { type ListObject, listObjectSchema } from './list-object.ts';
import { loadFacts } from './load-facts.ts';
import type { CompiledRule } from './rule.ts';
import { type RuleObject, ruleObjectSchema } from './rule-object.ts';
import type { RuleProblem } from './rule-problem.ts';
import { Scheme } from './scheme.ts';

const context = z.record(z.string(), z.unknown());

/** By id, as cases have them, or as the list of objects that a policy has. */
const lists = z.union([
  z.array(listObjectSchema),
  z.record(z.string(), listObjectSchema.omit({ id: true }).partial({ name: true })),
]);

export const expressionCaseSchema = z.looseObject({
  name: z.string(),
  traffic: z.string().nullish(),
  identity: z.string().nullish(),
  device_posture: z.string().nullish(),
  lists: lists.optional(),
  context: context.default({}),
  expect: z.union([z.boolean(), z.literal('error')]),
});

export const ruleCaseSchema = z.looseObject({
  name: z.string(),
  rules: z.array(ruleObjectSchema),
  lists: lists.optional(),
  context: context.default({}),
  /** Egress addresses out of service. */
  down: z.array(z.string()).default([]),
  /** Null: no rule is to match. */
  expect_rule: z.string().nullish(),
});

export type ExpressionCase = z.input<typeof expressionCaseSchema>;
export type RuleCase = z.input<typeof ruleCaseSchema>;

export interface ExpressionOutcome {
  readonly passed: boolean;
  readonly expected: boolean | 'error';
  readonly actual: boolean | 'error';
  readonly problems: readonly RuleProblem[];
  /** Keys of the context that no field has. */
  readonly unknownKeys: readonly string[];
}

export interface RuleOutcome {
  /** Whether the expected rule decided; the egress address is for the caller to choose and judge. */
  readonly passed: boolean;
  /** Ids, or undefined for none. */
  readonly expected: string | undefined;
  readonly actual: 'error' | string | undefined;
  /** With its egress settings. */
  readonly rule: CompiledRule | undefined;
  readonly problems: readonly RuleProblem[];
  readonly unknownKeys: readonly string[];
}

/** Cases do not say which kind of rule they are for, so they may name the fields of all. */
const caseScheme = new Scheme([...withoutDoubles()], { records: IDENTITY_RECORDS });

/** The three expressions as one rule over the context. Throws FactError for a context that does not fit its fields. */
export function runExpressionCase(given: ExpressionCase, options: CompileOptions = {}): ExpressionOutcome {
  const { name, traffic, identity, device_posture, expect: expected } = given;
  const rule = {
    name,
    action: 'egress',
    filters: ['egress'],
    enabled: true,
    traffic,
    identity,
    device_posture,
  };
  const { ruleSet, problems } = compileCase([rule], given.lists, options);
  const { facts, unknownKeys } = loadFacts(given.context ?? {}, caseScheme);
  const refused = problems.some(({ severity }) => severity === 'error');
  const actual = refused ? 'error' : ruleSet.decide(facts) !== undefined;
  return { passed: actual === expected, expected, actual, problems, unknownKeys };
}

/** Which of the rules decides. Only expressions that cannot be used make it an error, not other faults of a rule. */
export function runRuleCase(given: RuleCase, options: CompileOptions = {}): RuleOutcome {
  const { ruleSet, problems } = compileCase(given.rules, given.lists, options);
  const { facts, unknownKeys } = loadFacts(given.context ?? {}, caseScheme);
  const refused = problems.some(({ code }) => code === 'expression' || code === 'list');
  const rule = refused ? undefined : ruleSet.decide(facts);
  const expected = given.expect_rule ?? undefined;
  const actual = refused ? 'error' : rule?.id;
  return { passed: actual === expected, expected, actual, rule, problems, unknownKeys };
}

function compileCase(
  rules: readonly RuleObject[],
  given: z.input<typeof lists> | undefined,
  options: CompileOptions,
): ReturnType<typeof compileRules> {
  return compileRules(rules, listsOf(given), { ...options, schemeOf: () => caseScheme });
}

function listsOf(given: z.input<typeof lists> | undefined): readonly ListObject[] {
  if (given === undefined || Array.isArray(given)) return given ?? [];
  return Object.entries(given).map(([id, list]) => ({ ...list, id, name: list.name ?? id }));
}

function withoutDoubles(): Iterable<(typeof GATEWAY_FIELDS)[number]> {
  const fields = [...GATEWAY_FIELDS, ...DNS_FIELDS, ...IDENTITY_FIELDS];
  return new Map(fields.map((field) => [field.name, field])).values();
}
