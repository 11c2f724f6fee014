/**
 * Applies DNS rules to clients' questions: rules that depend only on the question before it is looked up, the others when
 * its addresses are known (docs/dns.md, DNS rules). In each of the two passes, the first match decides.
 */
import type { Geolocation } from '../../catalog/geolocation.ts';
import type { Identity } from '../../identity/identity.ts';
import type { IdentityDirectory } from '../../identity/identity-directory.ts';
import type { CompiledPolicy } from '../../policy/rules/compile-rules.ts';
import { fieldsOfRule } from '../../policy/rules/expression-fields.ts';
import type { CompiledRule } from '../../policy/rules/rule.ts';
import type {
  BlockReply,
  FoundAddresses,
  QuestionRules,
  RuledQuestion,
  Ruling,
} from '../../resolver/answer/question-rules.ts';
import type { NameCatalog } from './describe-name.ts';
import { DnsFacts, FOUND_FIELDS, UNIFORM_FIELDS } from './dns-facts.ts';
import { type DnsEffect, readDnsEffect } from './dns-ruling.ts';
import { readSchedule, type Schedule } from './rule-schedule.ts';

/** The part of a policy that applies to questions. */
export interface QuestionPolicy {
  readonly compiled: Pick<CompiledPolicy, 'dnsRules'>;
  readonly directory: IdentityDirectory;
  readonly catalog: NameCatalog;
}

export interface DnsRulesParts {
  readonly policy: () => QuestionPolicy;
  readonly geolocation: () => Pick<Geolocation, 'lookup'>;
  /** For rules that block a name whatever is asked about it. */
  readonly blockReply: BlockReply;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

interface ReadyRule {
  readonly rule: CompiledRule;
  readonly effect: Exclude<DnsEffect, 'none'>;
  readonly isInForce: Schedule;
}

/** A policy's rules by the pass in which they apply; both in order of precedence. */
interface ReadyRules {
  readonly policy: QuestionPolicy;
  readonly before: readonly ReadyRule[];
  readonly after: readonly ReadyRule[];
  readonly areUniform: boolean;
}

export class DnsRules implements QuestionRules {
  readonly #parts: DnsRulesParts;
  readonly #facts = new DnsFacts();
  #ready: ReadyRules | undefined;

  constructor(parts: DnsRulesParts) {
    this.#parts = parts;
  }

  judgeQuestion(question: RuledQuestion): Ruling | undefined {
    const { policy, before } = this.#prepare();
    return this.#judge(before, policy, question, undefined);
  }

  judgeAnswer(question: RuledQuestion, found: FoundAddresses): Ruling | undefined {
    const { policy, after } = this.#prepare();
    return this.#judge(after, policy, question, found);
  }

  areUniform(): boolean {
    return this.#prepare().areUniform;
  }

  #judge(
    rules: readonly ReadyRule[],
    { directory, catalog }: QuestionPolicy,
    question: RuledQuestion,
    found: FoundAddresses | undefined,
  ): Ruling | undefined {
    if (rules.length === 0) return undefined;
    const wallMs = this.#parts.wallClock();
    const identity: Identity | undefined = directory.identify(question.client, wallMs);
    const facts = this.#facts.describe({
      question,
      found,
      identity,
      catalog,
      geolocation: this.#parts.geolocation(),
    });
    const decided = rules.find(({ rule, isInForce }) => isInForce(wallMs) && rule.matches(facts));
    return decided === undefined || decided.effect === 'pass' ? undefined : decided.effect;
  }

  #prepare(): ReadyRules {
    const policy = this.#parts.policy();
    if (this.#ready?.policy === policy) return this.#ready;
    const before: ReadyRule[] = [];
    const after: ReadyRule[] = [];
    for (const rule of policy.compiled.dnsRules.rules) {
      const fields = fieldsOfRule(rule);
      const effect = readDnsEffect(rule.source, this.#replyFor(fields));
      if (!rule.enabled || effect === 'none') continue;
      const isLate = FOUND_FIELDS.some((field) => fields.has(field));
      (isLate ? after : before).push({ rule, effect, isInForce: readSchedule(rule.source) });
    }
    const areUniform = [...before, ...after].every(({ rule }) => isUniform(rule));
    this.#ready = { policy, before, after, areUniform };
    return this.#ready;
  }

  /** Where only some types are blocked the name itself is there, and the others must not be denied with it (RFC 8020). */
  #replyFor(fields: ReadonlySet<string>): BlockReply {
    return fields.has('dns.query_rtype') ? 'no-data' : this.#parts.blockReply;
  }
}

/** Whether the rule decides the same for all clients and at any time. */
function isUniform(rule: CompiledRule): boolean {
  const { schedule, expiration } = rule.source;
  if ((schedule ?? undefined) !== undefined || (expiration ?? undefined) !== undefined) return false;
  return [...fieldsOfRule(rule)].every((field) => UNIFORM_FIELDS.has(field));
}
