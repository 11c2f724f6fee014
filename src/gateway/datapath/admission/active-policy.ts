/** A worker's policy, always replaced as a whole: rules with their egress plans, and who is behind an inner address. */

import type { EgressInventory } from '../../../egress/egress-inventory.ts';
import { DEFAULT_PLAN, type EgressPlan, planEgress } from '../../../egress/egress-plan.ts';
import type { Identity } from '../../../identity/identity.ts';
import type { IdentityDirectory } from '../../../identity/identity-directory.ts';
import type { Facts } from '../../../policy/evaluation/facts.ts';
import type { CompiledPolicy } from '../../../policy/rules/compile-rules.ts';
import type { CompiledRule } from '../../../policy/rules/rule.ts';
import type { Steps } from '../../../time/steps.ts';
import type { Address } from '../../../wire/address.ts';
import type { VerdictBook } from './verdict-book.ts';

/** What was decided about a flow. */
export interface Verdict {
  /** In the worker's `VerdictBook`. */
  readonly number: number;
  readonly plan: EgressPlan;
  /** A network rule blocks the connection. */
  readonly isBlocked: boolean;
  /** Whether any peer may send to the mappings of its flows (endpoint-independent filtering, row U9). */
  readonly isOpen: boolean;
  /** Whether its flows keep their source port if they can. */
  readonly keepsPort: boolean;
}

/** The part of a compiled policy that applies to connections. */
export type ConnectionRules = Pick<CompiledPolicy, 'ruleSet' | 'networkRules'>;

export class ActivePolicy {
  readonly #rules: ConnectionRules;
  readonly #identities: IdentityDirectory;
  readonly #verdicts = new Map<CompiledRule, Verdict>();
  readonly #plans = new Map<number, EgressPlan>();
  readonly #unmatched: Verdict;

  /** One rule per step. */
  static *inSteps(
    rules: ConnectionRules,
    identities: IdentityDirectory,
    inventory: EgressInventory,
    book: VerdictBook,
  ): Steps<ActivePolicy> {
    const policy = new ActivePolicy(rules, identities, book);
    for (const rule of [...rules.ruleSet.rules, ...rules.networkRules.rules]) {
      const { plan } = planEgress(inventory, rule.egress);
      policy.#verdicts.set(rule, policy.#remember(book.numberOf(rule), plan, rule));
      yield;
    }
    return policy;
  }

  private constructor(rules: ConnectionRules, identities: IdentityDirectory, book: VerdictBook) {
    this.#rules = rules;
    this.#identities = identities;
    this.#unmatched = this.#remember(book.unmatched, DEFAULT_PLAN);
  }

  /** Who is behind a client's address at `wallMs` (milliseconds since 1970); undefined for anonymous. */
  identify(client: Address, wallMs: number): Identity | undefined {
    return this.#identities.identify(client, wallMs);
  }

  /** Id of the virtual network of a client with this identity, or with none. */
  networkOf(identity: Identity | undefined): string | undefined {
    return this.#identities.networkOf(identity);
  }

  /**
   * Network rules first, so that no SYN leaves for a blocked destination (docs/policy.md, Rules); then the first egress
   * rule that holds decides, and without one the default egress method.
   */
  decide(facts: Facts): Verdict {
    const network = this.#rules.networkRules.decide(facts);
    const blocked = network === undefined ? undefined : this.#verdicts.get(network);
    if (blocked?.isBlocked === true) return blocked;
    const rule = this.#rules.ruleSet.decide(facts);
    return (rule === undefined ? undefined : this.#verdicts.get(rule)) ?? this.#unmatched;
  }

  /** The plan of a verdict's number, if its rule is still in force. */
  planOf(verdict: number): EgressPlan | undefined {
    return this.#plans.get(verdict);
  }

  #remember(number: number, plan: EgressPlan, rule?: CompiledRule): Verdict {
    this.#plans.set(number, plan);
    const isOpen = rule?.filtering === 'endpoint-independent';
    const keepsPort = rule?.sourcePort === 'preserve';
    return { number, plan, isBlocked: rule !== undefined && isBlock(rule), isOpen, keepsPort };
  }
}

function isBlock({ filter, action }: CompiledRule): boolean {
  return filter === 'l4' && action === 'block';
}
