/** Runs one case of `syngate policy test`: finds the rule that decides, and the resulting egress address. */
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
  /** For a failed case, expected and actual results; also remarks, such as unknown keys. */
  readonly notes: readonly string[];
  /** Errors in expressions, whether or not they were expected. */
  readonly errors?: readonly CaseError[];
}

/** Lines and columns count from 1; the length is in characters. */
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

/** A case without rules is about one expression. A case of neither shape fails, with the reason in its notes. */
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

/** Treats absent, null and empty settings alike. */
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

/** Errors in expressions include their position; for other problems, the object and the field are named. */
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
