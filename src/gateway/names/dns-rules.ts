/**
 * Applies DNS rules to clients' questions in two passes: rules that depend only on the question before the look-up, the others
 * after it (docs/dns.md, DNS rules). In each pass, the first rule that matches decides.
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

/** The parts of a policy that DNS rules need. */
export interface QuestionPolicy {
  readonly compiled: Pick<CompiledPolicy, 'dnsRules'>;
  readonly directory: IdentityDirectory;
  readonly catalog: NameCatalog;
}

export interface DnsRulesParts {
  readonly policy: () => QuestionPolicy;
  readonly geolocation: () => Pick<Geolocation, 'lookup'>;
  /** The reply of rules that block a name for all types of questions. */
  readonly blockReply: BlockReply;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

interface ReadyRule {
  readonly rule: CompiledRule;
  readonly effect: Exclude<DnsEffect, 'none'>;
  readonly isInForce: Schedule;
}

/** A policy's DNS rules by the pass in which they apply, in order of precedence. */
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

  /** If only some types are blocked, the name itself exists: NXDOMAIN would deny all other types, too (RFC 8020). */
  #replyFor(fields: ReadonlySet<string>): BlockReply {
    return fields.has('dns.query_rtype') ? 'no-data' : this.#parts.blockReply;
  }
}

/** Whether the rule's decision depends on neither the client nor the time. */
function isUniform(rule: CompiledRule): boolean {
  const { schedule, expiration } = rule.source;
  if ((schedule ?? undefined) !== undefined || (expiration ?? undefined) !== undefined) return false;
  return [...fieldsOfRule(rule)].every((field) => UNIFORM_FIELDS.has(field));
}
