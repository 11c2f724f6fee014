/**
 * Determines the names that are answered with their real addresses: those listed in the configuration; those that no rule could
 * select, if only matched names are synthesized; and address-sensitive names, unless a rule could select them.
 */

import { Facts } from '../../policy/evaluation/facts.ts';
import { gatewayScheme } from '../../policy/language/gateway-scheme.ts';
import type { CompiledPolicy } from '../../policy/rules/compile-rules.ts';
import { makeNameInfluence, type NameInfluence } from '../../policy/rules/name-influence.ts';
import { describeLease } from '../datapath/admission/flow-facts.ts';
import { isAddressSensitive } from './address-sensitive-names.ts';
import { describeName, type NameCatalog } from './describe-name.ts';

/** The parts of a policy that depend on names. */
export interface NamePolicy {
  readonly compiled: Pick<CompiledPolicy, 'ruleSet' | 'networkRules'>;
  readonly catalog: NameCatalog;
}

export interface NameExemptionParts {
  readonly policy: () => NamePolicy;
  readonly synthesize: 'all' | 'matched';
  /** Domains in lower case, each including all names below it. */
  readonly exempt: readonly string[];
}

interface ReadyPolicy {
  readonly policy: NamePolicy;
  readonly influences: readonly NameInfluence[];
  /** Caches results by name and aliases, since evaluating many rules is expensive. */
  readonly known: Map<string, boolean>;
}

const MOST_KNOWN = 20_000;

/** The fields of a connection that depend on the name alone. */
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

  /** `aliases` are the CNAME targets, if rules may match them too. */
  isExempt(hostname: string, aliases: readonly string[] = []): boolean {
    if (this.#exempt.size > 0 && this.#isListed(hostname)) return true;
    const isOptional = this.#parts.synthesize === 'matched' || isAddressSensitive(hostname);
    return isOptional && !this.#matters(hostname, aliases);
  }

  #isListed(hostname: string): boolean {
    for (let name = hostname; ; name = name.slice(name.indexOf('.') + 1)) {
      if (this.#exempt.has(name)) return true;
      if (!name.includes('.')) return false;
    }
  }

  /** Whether some rule could treat the name differently from its real addresses. */
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
