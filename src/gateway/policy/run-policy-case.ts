/** Runs one case of `syngate policy test`: which rule decides, and the egress address that follows. */
import { z } from 'zod';
import type { EgressRuleSettings } from '../../egress/egress-plan.ts';
import {
  expressionCaseSchema,
  ruleCaseSchema,
  runExpressionCase,
  runRuleCase,
} from '../../policy/conformance/case.ts';
import { FactError } from '../../policy/evaluation/load-facts.ts';
import type { RuleProblem } from '../../policy/rules/rule-problem.ts';
import { describeFault } from '../../report/describe-fault.ts';
import { formatFieldPath } from '../config/yaml-source.ts';
import { type ExpectedEgress, expectedEgressSchema, judgeEgress } from './judge-egress.ts';

export interface CaseResult {
  readonly name: string;
  readonly passed: boolean;
  /** What was expected and what came, for a case that failed; what is odd about one that passed. */
  readonly notes: readonly string[];
  /** Of the expressions, whether or not they were expected. */
  readonly errors?: readonly CaseError[];
}

/** Places count from 1, lengths in characters. */
export interface CaseError {
  readonly rule: string | undefined;
  readonly part: string;
  readonly kind: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly message: string;
}

const settings = z.looseObject({
  ipv4: z.string().nullish(),
  ipv4_fallback: z.string().nullish(),
  ipv6: z.string().nullish(),
});

const egressCase = {
  expect_egress: expectedEgressSchema.nullish(),
  down: z.array(z.string()).default([]),
};

const expressionSchema = expressionCaseSchema.extend({ ...egressCase, egress: settings.nullish() });
const rulesSchema = ruleCaseSchema
  .extend(egressCase)
  .refine(
    ({ expect, expect_rule, expect_egress }) => expect_rule !== undefined || expect || expect_egress,
    'nothing is expected: give expect_rule or expect_egress',
  );

/** Cases without rules are about one expression. A case of neither shape fails, and says why. */
export function runPolicyCase(given: unknown): CaseResult {
  const name = nameSchema.parse(given).name;
  const hasRules = typeof given === 'object' && given !== null && 'rules' in given;
  try {
    return hasRules ? judgeRules(rulesSchema.parse(given)) : judgeExpression(expressionSchema.parse(given));
  } catch (error) {
    if (error instanceof FactError) return { name, passed: false, notes: [error.message] };
    if (!(error instanceof z.ZodError)) throw error;
    const faults = error.issues.map(
      (issue) => `${formatFieldPath(issue.path) || 'the case'}: ${describeFault(given, issue)}`,
    );
    return { name, passed: false, notes: ['not a policy case', ...faults] };
  }
}

const nameSchema = z.object({ name: z.string().catch('(no name)') }).catch({ name: '(no name)' });

function judgeExpression(given: z.output<typeof expressionSchema>): CaseResult {
  const { name, context, down, expect_egress } = given;
  const { passed, expected, actual, problems, unknownKeys } = runExpressionCase(given);
  const rule = { settings: cleanSettings(given.egress), owned: [cleanSettings(given.egress) ?? {}] };
  const egress =
    passed && actual === true && expect_egress
      ? judgeEgress(expect_egress, { name, ...rule, context, down })
      : undefined;
  const difference = passed ? egress : `expected ${expected}, got ${actual}`;
  return resultOf(name, difference, problems, unknownKeys);
}

function judgeRules(given: z.output<typeof rulesSchema>): CaseResult {
  const { name } = given;
  const { passed, expected, actual, rule, problems, unknownKeys } = runRuleCase(given);
  const egress =
    passed && actual !== 'error' && given.expect_egress
      ? judgeRuleEgress(given, given.expect_egress, rule?.egress)
      : undefined;
  const difference = passed ? egress : `expected rule ${expected ?? 'none'}, got ${actual ?? 'none'}`;
  return resultOf(name, difference, problems, unknownKeys);
}

function judgeRuleEgress(
  { name, rules, context, down }: z.output<typeof rulesSchema>,
  expected: ExpectedEgress,
  chosen: EgressRuleSettings | undefined,
): string | undefined {
  const owned = rules.map((rule) => cleanSettings(rule.rule_settings?.egress) ?? {});
  return judgeEgress(expected, { name, settings: chosen, owned, context, down });
}

/** Absent, null and empty settings are the same. */
function cleanSettings(given: z.output<typeof settings> | null | undefined): EgressRuleSettings | undefined {
  const { ipv4, ipv4_fallback, ipv6 } = given ?? {};
  if (!ipv4 && !ipv4_fallback && !ipv6) return undefined;
  return {
    ipv4: ipv4 || undefined,
    ipv4_fallback: ipv4_fallback || undefined,
    ipv6: ipv6 || undefined,
  };
}

function resultOf(
  name: string,
  difference: string | undefined,
  problems: readonly RuleProblem[],
  unknownKeys: readonly string[],
): CaseResult {
  const messages = problems.filter(({ severity }) => severity === 'error').map(describeProblem);
  const notes = difference === undefined ? [] : [difference, ...messages];
  const errors = problems.flatMap(errorOf);
  return {
    name,
    passed: difference === undefined,
    notes: [...notes, ...unknownKeys.map((key) => `no field is called ${key}`)],
    ...(errors.length === 0 ? {} : { errors }),
  };
}

/** The frame of an expression shows its place; of anything else the object and its field are named. */
function describeProblem({ subject, index, id, name, pointer, message, diagnosis }: RuleProblem): string {
  if (diagnosis !== undefined) return message;
  const field = pointer === '' ? '' : ` ${pointer.slice(1).replaceAll('/', '.')}`;
  return `${subject} ${id ?? name ?? index}${field}: ${message}`;
}

function errorOf({ name, pointer, diagnosis }: RuleProblem): CaseError[] {
  if (diagnosis === undefined) return [];
  const { kind, line, column, length, message } = diagnosis;
  return [{ rule: name, part: pointer.slice(1), kind, line, column, length, message }];
}
