/** The rules of one filter in order of precedence; the first that matches decides (docs/policy.md, Description). */

import type { Steps } from '../../time/steps.ts';
import type { Facts } from '../evaluation/facts.ts';
import { RuleIndex } from '../index/rule-index.ts';
import type { ListMembership } from '../lists/list-membership.ts';
import { explainRule, type RuleTrace } from './explain.ts';
import type { CompiledRule } from './rule.ts';
import { NOT_ENFORCED } from './rule-object.ts';

export class RuleSet {
  /** All rules, including disabled ones, in order of precedence. */
  readonly rules: readonly CompiledRule[];
  readonly #index: RuleIndex<CompiledRule>;

  /** `lists` must cover every list that the rules name. */
  static *inSteps(rules: readonly CompiledRule[], lists: ListMembership): Steps<RuleSet> {
    const sorted = rules.toSorted((one, other) => one.precedence - other.precedence);
    return new RuleSet(sorted, yield* RuleIndex.inSteps(sorted.filter(mayDecide), lists));
  }

  private constructor(rules: readonly CompiledRule[], index: RuleIndex<CompiledRule>) {
    this.rules = rules;
    this.#index = index;
  }

  /** The first rule that matches, is enabled and has an enforced action; undefined if there is none. */
  decide(facts: Facts): CompiledRule | undefined {
    return this.#index.decide(facts);
  }

  /** Traces every rule in order; the one that `decide` returns is marked as `decided`. */
  explain(facts: Facts): readonly RuleTrace[] {
    const decided = this.decide(facts);
    return this.rules.map((rule) => explainRule(rule, facts, rule === decided));
  }
}

/** Whether the rule is enabled and its action is enforced. */
export function mayDecide({ enabled, action }: Pick<CompiledRule, 'enabled' | 'action'>): boolean {
  return enabled && !NOT_ENFORCED.has(action);
}
