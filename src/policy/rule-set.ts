/** Rules of one filter in the order of their precedence; the first that matches decides (policy-language.md C.6). */

import { explainRule, type RuleTrace } from './explain.ts';
import type { Facts } from './facts.ts';
import type { CompiledRule } from './rule.ts';

export class RuleSet {
  /** Every rule, disabled ones too, lowest precedence first. */
  readonly rules: readonly CompiledRule[];
  readonly #enabled: readonly CompiledRule[];

  constructor(rules: readonly CompiledRule[]) {
    this.rules = rules.toSorted((one, other) => one.precedence - other.precedence);
    this.#enabled = this.rules.filter(({ enabled }) => enabled);
  }

  /** The first enabled rule that matches, or undefined when none does. */
  decide(facts: Facts): CompiledRule | undefined {
    for (const rule of this.#enabled) if (rule.matches(facts)) return rule;
    return undefined;
  }

  /** Every rule in order, with what held in it and what did not; `decided` marks the one that `decide` returns. */
  explain(facts: Facts): readonly RuleTrace[] {
    const decided = this.decide(facts);
    return this.rules.map((rule) => explainRule(rule, facts, rule === decided));
  }
}
