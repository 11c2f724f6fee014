/** Rules of one filter in the order of their precedence; the first that matches decides (docs/policy.md, Description). */

import type { Steps } from '../../time/steps.ts';
import type { Facts } from '../evaluation/facts.ts';
import { RuleIndex } from '../index/rule-index.ts';
import type { ListMembership } from '../lists/list-membership.ts';
import { explainRule, type RuleTrace } from './explain.ts';
import type { CompiledRule } from './rule.ts';
import { NOT_ENFORCED } from './rule-object.ts';

export class RuleSet {
  /** Every rule, disabled ones too, lowest precedence first. */
  readonly rules: readonly CompiledRule[];
  /** Those that may decide. */
  readonly #active: readonly CompiledRule[];
  readonly #index: RuleIndex<CompiledRule>;

  /** The lists are those that the rules name. */
  static *inSteps(rules: readonly CompiledRule[], lists: ListMembership): Steps<RuleSet> {
    const sorted = rules.toSorted((one, other) => one.precedence - other.precedence);
    const active = sorted.filter(({ enabled, action }) => enabled && !NOT_ENFORCED.has(action));
    return new RuleSet(sorted, active, yield* RuleIndex.inSteps(active, lists));
  }

  private constructor(
    rules: readonly CompiledRule[],
    active: readonly CompiledRule[],
    index: RuleIndex<CompiledRule>,
  ) {
    this.rules = rules;
    this.#active = active;
    this.#index = index;
  }

  /** The first enabled rule that matches and is enforced, or undefined when none does. */
  decide(facts: Facts): CompiledRule | undefined {
    return this.#index.decide(facts);
  }

  /** The same, by trying one rule after the other: the reference that `decide` is tested against. */
  decidePlainly(facts: Facts): CompiledRule | undefined {
    return this.#active.find((rule) => rule.matches(facts));
  }

  /** Every rule in order, with what held in it and what did not; `decided` marks the one that `decide` returns. */
  explain(facts: Facts): readonly RuleTrace[] {
    const decided = this.decide(facts);
    return this.rules.map((rule) => explainRule(rule, facts, rule === decided));
  }
}
