/**
 * Names that are answered with their real addresses: those the configuration lists; those no rule could select, if only
 * matched names are synthesized; and a few that misbehave behind synthetic addresses, unless a rule could select them.
 */

import { Facts } from '../../policy/evaluation/facts.ts';
import { gatewayScheme } from '../../policy/language/gateway-scheme.ts';
import type { CompiledPolicy } from '../../policy/rules/compile-rules.ts';
import { makeNameInfluence, type NameInfluence } from '../../policy/rules/name-influence.ts';
import { describeLease } from '../datapath/flow-facts.ts';
import { isDelicateName } from './delicate-names.ts';
import { describeName, type NameCatalog } from './describe-name.ts';

/** The part of a policy that applies to names. */
export interface NamePolicy {
  readonly compiled: Pick<CompiledPolicy, 'ruleSet' | 'networkRules'>;
  readonly catalog: NameCatalog;
}

export interface NameExemptionParts {
  readonly policy: () => NamePolicy;
  readonly synthesize: 'all' | 'matched';
  /** These and all below them, lower case. */
  readonly exempt: readonly string[];
}

interface ReadyPolicy {
  readonly policy: NamePolicy;
  readonly influences: readonly NameInfluence[];
  /** Cached results for names with their aliases, since many rules make them expensive. */
  readonly known: Map<string, boolean>;
}

const MOST_KNOWN = 20_000;

/** The fields of a connection that follow from the name alone. */
const NAME_FIELDS: ReadonlySet<string> = new Set([
  ...['net.fqdn.host', 'net.fqdn.domains', 'net.fqdn.content_category', 'net.fqdn.security_category'],
  ...['net.sni.host', 'net.sni.domains', 'app.ids', 'app.type.ids'],
]);

export class NameExemption {
  readonly #parts: NameExemptionParts;
  readonly #exempt: ReadonlySet<string>;
  readonly #nameless = new Facts(gatewayScheme);
  #ready: ReadyPolicy | undefined;

  constructor(parts: NameExemptionParts) {
    this.#parts = parts;
    this.#exempt = new Set(parts.exempt);
  }

  /** `aliases`: the CNAME targets that rules may match as well. */
  isExempt(hostname: string, aliases: readonly string[] = []): boolean {
    if (this.#exempt.size > 0 && this.#isListed(hostname)) return true;
    const isOptional = this.#parts.synthesize === 'matched' || isDelicateName(hostname);
    return isOptional && !this.#matters(hostname, aliases);
  }

  #isListed(hostname: string): boolean {
    for (let name = hostname; ; name = name.slice(name.indexOf('.') + 1)) {
      if (this.#exempt.has(name)) return true;
      if (!name.includes('.')) return false;
    }
  }

  /** Whether some rule could treat the name differently from its bare real address. */
  #matters(hostname: string, aliases: readonly string[]): boolean {
    const { policy, influences, known } = this.#prepare();
    const key = [hostname, ...aliases].join(' ');
    const before = known.get(key);
    if (before !== undefined) return before;
    const named = describeLease(describeName(hostname, policy.catalog, aliases));
    const matters = influences.some((influence) => influence(named, this.#nameless));
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, matters);
    return matters;
  }

  #prepare(): ReadyPolicy {
    const policy = this.#parts.policy();
    if (this.#ready?.policy !== policy) {
      this.#ready = { policy, influences: readInfluences(policy), known: new Map() };
    }
    return this.#ready;
  }
}

function readInfluences({ compiled }: NamePolicy): NameInfluence[] {
  return [...compiled.ruleSet.rules, ...compiled.networkRules.rules]
    .filter(({ enabled }) => enabled)
    .map((rule) => makeNameInfluence(rule, NAME_FIELDS));
}
