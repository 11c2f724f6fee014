/** The reference that `RuleSet.decide` is tested against: tries one rule after the other. */
import type { Facts } from '../../src/policy/evaluation/facts.ts';
import type { CompiledRule } from '../../src/policy/rules/rule.ts';
import { mayDecide, type RuleSet } from '../../src/policy/rules/rule-set.ts';

export function decideInOrder({ rules }: RuleSet, facts: Facts): CompiledRule | undefined {
  return rules.find((rule) => mayDecide(rule) && rule.matches(facts));
}
