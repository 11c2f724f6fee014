/** Finds DNS rules that compile but cannot be applied, and those that are not fully enforced. */
import type { CompiledPolicy } from '../../policy/rules/compile-rules.ts';
import { fieldsOfRule } from '../../policy/rules/expression-fields.ts';
import type { CompiledRule } from '../../policy/rules/rule.ts';
import { NEVER_FILLED } from './dns-facts.ts';
import { readDnsEffect } from './dns-ruling.ts';
import { readSchedule } from './rule-schedule.ts';

/** A finding about the rule with this id. */
export interface DnsFinding {
  readonly id: string;
  readonly field: 'rule_settings' | 'schedule' | 'expiration' | 'action' | 'traffic';
  readonly message: string;
}

/** Errors in the settings of rules of filter `dns`. */
export function findDnsErrors(rules: readonly CompiledRule[]): DnsFinding[] {
  return rules.flatMap(({ id, source }) => [
    ...attempt(id, 'rule_settings', () => readDnsEffect(source, 'refused')),
    ...attempt(id, 'schedule', () => readSchedule({ schedule: source.schedule })),
    ...attempt(id, 'expiration', () => readSchedule({ expiration: source.expiration })),
  ]);
}

/** Warnings about rules of filters `dns` and `dns_resolver` that are accepted but not or not fully enforced. */
export function findDnsWarnings({
  dnsRules,
  resolverRules,
}: Pick<CompiledPolicy, 'dnsRules' | 'resolverRules'>): DnsFinding[] {
  return [
    ...resolverRules.rules.map(({ id }): DnsFinding => {
      const message = 'resolver rules are kept and not enforced: see resolver.forward in the configuration';
      return { id, field: 'action', message };
    }),
    ...dnsRules.rules.flatMap(findRuleWarnings),
  ];
}

function findRuleWarnings(rule: CompiledRule): DnsFinding[] {
  const { id, source } = rule;
  const fields = fieldsOfRule(rule);
  const findings: DnsFinding[] = NEVER_FILLED.filter((field) => fields.has(field)).map((field) => {
    const message = `${field} is never known here: conditions on it see it missing`;
    return { id, field: 'traffic', message };
  });
  if (readDnsEffect(source, 'refused') === 'none') {
    const message = `action '${source.action}' of DNS rules is kept and not enforced`;
    findings.push({ id, field: 'action', message });
  }
  return findings;
}

function attempt(id: string, field: DnsFinding['field'], read: () => unknown): DnsFinding[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [{ id, field, message: error.message }];
  }
}
