/**
 * One case of `syngate policy test`: what the rules decide by policy, and for rules the egress address that follows,
 * with every address the rules name taken as owned and those that are `down` as out of service.
 */
import { z } from 'zod';
import { chooseEgress, type EgressChoice, type EgressRefusal } from '../../egress/choose-egress.ts';
import { EgressInventory } from '../../egress/egress-inventory.ts';
import { planEgress } from '../../egress/egress-plan.ts';
import { parseRulePrefix } from '../../egress/rule-prefix.ts';
import {
  type ExpressionCase,
  expressionCaseSchema,
  type RuleCase,
  ruleCaseSchema,
  runExpressionCase,
  runRuleCase,
} from '../../policy/case.ts';
import {
  familyOf,
  formatAddress,
  type Prefix,
  parseAddress,
  parsePrefix,
  prefixContains,
} from '../../wire/address.ts';

export interface CaseResult {
  readonly name: string;
  readonly passed: boolean;
  /** What was expected and what came, for a case that failed; what is odd about one that passed. */
  readonly notes: readonly string[];
}

/** Cases without rules are about one expression. */
export const policyCaseSchema = z.union(
  [
    ruleCaseSchema.extend({
      expect_egress: z
        .looseObject({
          method: z.enum(['dedicated', 'default', 'none']),
          ipv4: z.string().optional(),
          ipv6: z.string().optional(),
          why: z.string().optional(),
        })
        .optional(),
    }),
    expressionCaseSchema,
  ],
  'not a policy case: {name, traffic, …, expect} or {name, rules, …, expect_rule, expect_egress}',
);

type PolicyCase = z.output<typeof policyCaseSchema>;
type EgressCase = Extract<PolicyCase, { rules: unknown }>;
type Expected = NonNullable<EgressCase['expect_egress']>;

/** Throws FactError when the context does not fit the fields it names. */
export function runPolicyCase(given: PolicyCase): CaseResult {
  return isRuleCase(given) ? judgeRules(given) : judgeExpression(given);
}

function isRuleCase(given: PolicyCase): given is EgressCase {
  return 'rules' in given;
}

function judgeExpression(given: ExpressionCase): CaseResult {
  const { passed, expected, actual, problems, unknownKeys } = runExpressionCase(given);
  const notes = passed
    ? []
    : [`expected ${expected}, got ${actual}`, ...problems.map(({ message }) => message)];
  return { name: given.name, passed, notes: [...notes, ...unknownKeys.map(noteUnknown)] };
}

function judgeRules(given: EgressCase): CaseResult {
  const { passed, expected, actual, rule, problems, unknownKeys } = runRuleCase(given);
  const notes = passed
    ? []
    : [
        `expected rule ${expected ?? 'none'}, got ${actual ?? 'none'}`,
        ...problems.map(({ message }) => message),
      ];
  const egress =
    passed && given.expect_egress ? judgeEgress(given, given.expect_egress, rule?.egress) : undefined;
  return {
    name: given.name,
    passed: passed && egress === undefined,
    notes: [...notes, ...(egress === undefined ? [] : [egress]), ...unknownKeys.map(noteUnknown)],
  };
}

/** What is wrong with the address that would be chosen, or undefined. */
function judgeEgress(
  given: EgressCase,
  expected: Expected,
  settings: Parameters<typeof planEgress>[1],
): string | undefined {
  const inventory = new EgressInventory({
    addresses: listAddresses(given.rules).map((prefix) => ({ prefix, uplink: 'wan', location: undefined })),
    defaultIpv4: DEFAULT_IPV4.address,
    defaultIpv6: DEFAULT_IPV6,
  });
  const down = given.down.map(parseAddress).filter((address) => address !== undefined);
  const isUp = (index: number) =>
    !down.some((address) => {
      const prefix = inventory.addresses[index]?.prefix;
      return prefix !== undefined && prefixContains(prefix, address);
    });
  const { plan } = planEgress(inventory, settings);
  const choice = chooseEgress(plan, familyOfCase(given, expected), given.name, {
    inventory,
    health: { isUp },
    secret: new Uint8Array(32),
  });
  return describeDifference(expected, choice);
}

/** Stand for the default method's own addresses, which a case does not name (RFC 7335, RFC 6666). */
const DEFAULT_IPV4: Prefix = { address: Uint8Array.of(192, 0, 0, 8), length: 32 };
const DEFAULT_IPV6: Prefix = { address: Uint8Array.of(1, ...new Uint8Array(15)), length: 64 };

function familyOfCase({ context }: EgressCase, expected: Expected): 4 | 6 {
  if (expected.ipv6 !== undefined) return 6;
  const destinations = z.array(z.string()).safeParse(context['net.dst.ip']).data ?? [];
  const families = destinations
    .map((text) => parseAddress(text))
    .map((address) => address && familyOf(address));
  return families.length > 0 && families.every((family) => family === 6) ? 6 : 4;
}

/** Every address that a rule names, and the default ones; parts of a larger range go with it. */
function listAddresses(rules: RuleCase['rules']): Prefix[] {
  const named = rules.flatMap((rule) => {
    const { ipv4, ipv4_fallback: fallback, ipv6 } = rule.rule_settings?.egress ?? {};
    const hosts = [ipv4, fallback]
      .filter((text) => text && text !== '0.0.0.0')
      .map((text) => parsePrefix(text ?? ''));
    return [...hosts, ipv6 ? parseRulePrefix(ipv6) : undefined].filter((prefix) => prefix !== undefined);
  });
  const largestFirst = [...named, DEFAULT_IPV4, DEFAULT_IPV6].toSorted(
    (one, other) => one.length - other.length,
  );
  return largestFirst.filter(
    (prefix, index) => !largestFirst.slice(0, index).some((larger) => prefixContains(larger, prefix.address)),
  );
}

function describeDifference(expected: Expected, choice: EgressChoice | EgressRefusal): string | undefined {
  if (typeof choice === 'string') {
    return expected.method === 'none'
      ? undefined
      : `expected egress ${expected.method}, got none (${choice})`;
  }
  const { method, role, address } = choice;
  const wanted = expected.ipv6 ?? expected.ipv4;
  const prefix = wanted === undefined ? undefined : (parseRulePrefix(wanted) ?? parsePrefix(wanted));
  const isWanted = wanted === undefined || (prefix !== undefined && prefixContains(prefix, address));
  const isRole = expected.why !== 'primary_down' || role === 'secondary';
  if (expected.method === method && isWanted && isRole) return undefined;
  const found = `${method} ${formatAddress(address)} (${role})`;
  return `expected egress ${[expected.method, wanted, expected.why].filter(Boolean).join(' ')}, got ${found}`;
}

function noteUnknown(key: string): string {
  return `no field is called ${key}`;
}
