/** A policy a worker has swapped in whole: rules with their egress plans, and who is behind an inner address. */

import type { EgressInventory } from '../../egress/egress-inventory.ts';
import { DEFAULT_PLAN, type EgressPlan, planEgress } from '../../egress/egress-plan.ts';
import type { Identity } from '../../identity/identity.ts';
import type { IdentityDirectory } from '../../identity/identity-directory.ts';
import type { Facts } from '../../policy/facts.ts';
import type { CompiledRule } from '../../policy/rule.ts';
import type { RuleSet } from '../../policy/rule-set.ts';
import type { Address } from '../../wire/address.ts';
import type { VerdictBook } from './verdict-book.ts';

/** What was decided about a flow. */
export interface Verdict {
  /** In the worker's `VerdictBook`. */
  readonly number: number;
  readonly plan: EgressPlan;
}

export class ActivePolicy {
  readonly #rules: RuleSet;
  readonly #identities: IdentityDirectory;
  readonly #verdicts = new Map<CompiledRule, Verdict>();
  readonly #plans = new Map<number, EgressPlan>();
  readonly #unmatched: Verdict;

  constructor(rules: RuleSet, identities: IdentityDirectory, inventory: EgressInventory, book: VerdictBook) {
    this.#rules = rules;
    this.#identities = identities;
    for (const rule of rules.rules) {
      const { plan } = planEgress(inventory, rule.egress);
      const number = book.numberOf(rule.id, rule.name);
      this.#verdicts.set(rule, { number, plan });
      this.#plans.set(number, plan);
    }
    this.#unmatched = { number: book.unmatched, plan: DEFAULT_PLAN };
    this.#plans.set(book.unmatched, DEFAULT_PLAN);
  }

  /** Who is behind a client's address at `wallMs` (milliseconds since 1970); undefined for anonymous. */
  identify(client: Address, wallMs: number): Identity | undefined {
    return this.#identities.identify(client, wallMs);
  }

  /** The first rule that holds decides; without one, the default egress method. */
  decide(facts: Facts): Verdict {
    const rule = this.#rules.decide(facts);
    return (rule === undefined ? undefined : this.#verdicts.get(rule)) ?? this.#unmatched;
  }

  /** The plan of a verdict's number, if its rule is still in force. */
  planOf(verdict: number): EgressPlan | undefined {
    return this.#plans.get(verdict);
  }
}
