import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  expressionCaseSchema,
  ruleCaseSchema,
  runExpressionCase,
  runRuleCase,
} from '../../../src/policy/conformance/case.ts';

function readFixture(name: string): unknown {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, '../fixtures', name), 'utf8'));
}

/** Cases whose own data contradict their expectation; docs/policy.md tells why. */
const DISAGREEMENTS: ReadonlyMap<string, boolean | 'error'> = new Map([
  // The address of the context was replaced by a documentation address that is not in the case's 96.7.0.0/16.
  ['destination IP as a scalar (older published form)', false],
]);

const positionSchema = z.object({ line: z.number(), column: z.number(), length: z.number() });
const judgedCaseSchema = expressionCaseSchema.extend({
  error_kind: z.string().optional(),
  error_position: positionSchema.optional(),
});

describe('runExpressionCase passes', () => {
  for (const given of z.array(judgedCaseSchema).parse(readFixture('policy-cases.json'))) {
    test(given.name, () => {
      const outcome = runExpressionCase(given);
      expect(outcome.actual).toBe(DISAGREEMENTS.get(given.name) ?? given.expect);
      const diagnosis = outcome.problems.find(({ severity }) => severity === 'error')?.diagnosis;
      if (given.error_kind !== undefined) expect(diagnosis?.kind).toBe(given.error_kind);
      if (given.error_position !== undefined) expect(diagnosis).toMatchObject(given.error_position);
    });
  }
});

describe('runRuleCase passes', () => {
  for (const given of z.array(ruleCaseSchema).parse(readFixture('policy-scenarios.json'))) {
    test(given.name, () => {
      const outcome = runRuleCase(given);
      expect(outcome.passed).toBe(true);
      const named = given.rules.find(({ id }) => id === given.expect_rule);
      expect(outcome.rule?.egress ?? {}).toEqual(named?.rule_settings?.egress ?? {});
    });
  }
});

test('runExpressionCase tells the keys of the context that no field has', () => {
  const given = { name: 'typo', traffic: '', context: { 'net.dst.prot': 443 }, expect: true } as const;
  expect(runExpressionCase(given).unknownKeys).toEqual(['net.dst.prot']);
});

test('runExpressionCase fails a case whose expectation does not hold', () => {
  const given = {
    name: 'x',
    traffic: 'net.dst.port == 1',
    context: { 'net.dst.port': 2 },
    expect: true,
  } as const;
  expect(runExpressionCase(given)).toMatchObject({ passed: false, expected: true, actual: false });
});

test('runRuleCase expects no rule when expect_rule is null', () => {
  const rules = [{ name: 'a', enabled: true, action: 'egress', traffic: 'net.dst.port == 1' }];
  const given = { name: 'none', rules, context: { 'net.dst.port': 2 }, expect_rule: null };
  expect(runRuleCase(given)).toMatchObject({ passed: true, rule: undefined });
});
