/** Rules of one filter in the order of their precedence; the first that matches decides (policy-language.md C.6). */

import type { Steps } from '../../time/steps.ts';
import type { Facts } from '../evaluation/facts.ts';
import { RuleIndex } from '../index/rule-index.ts';
import type { ListMembership } from '../lists/list-membership.ts';
import { explainRule, type RuleTrace } from './explain.ts';
import type { CompiledRule } from './rule.ts';

export class RuleSet {
  /** Every rule, disabled ones too, lowest precedence first. */
  readonly rules: readonly CompiledRule[];
  readonly #enabled: readonly CompiledRule[];
  readonly #index: RuleIndex;

  /** The lists are those that the rules name. */
  static *inSteps(rules: readonly CompiledRule[], lists: ListMembership): Steps<RuleSet> {
    const sorted = rules.toSorted((one, other) => one.precedence - other.precedence);
    const enabled = sorted.filter((rule) => rule.enabled);
    return new RuleSet(sorted, enabled, yield* RuleIndex.inSteps(enabled, lists));
  }

  private constructor(rules: readonly CompiledRule[], enabled: readonly CompiledRule[], index: RuleIndex) {
    this.rules = rules;
    this.#enabled = enabled;
    this.#index = index;
  }

  /** The first enabled rule that matches, or undefined when none does. */
  decide(facts: Facts): CompiledRule | undefined {
    return this.#index.decide(facts);
  }

  /** The same, by trying one rule after the other: what `decide` is held against. */
  decidePlainly(facts: Facts): CompiledRule | undefined {
    return this.#enabled.find((rule) => rule.matches(facts));
  }

  /** Every rule in order, with what held in it and what did not; `decided` marks the one that `decide` returns. */
  explain(facts: Facts): readonly RuleTrace[] {
    const decided = this.decide(facts);
    return this.rules.map((rule) => explainRule(rule, facts, rule === decided));
  }
}
