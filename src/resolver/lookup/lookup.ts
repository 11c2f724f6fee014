/**
 * Resolves a question: from the cache, by joining an equal question that is already in flight (RFC 5452 section 9.3), or
 * from the upstreams. NXDOMAIN covers all names below (RFC 8020), failures are cached (RFC 2308 section 7, RFC 9520), and
 * a stale answer is better than none (RFC 8767). An answer that is asked for shortly before it expires is prefetched.
 */
import { TokenBucket } from '../../time/token-bucket.ts';
import type { Address } from '../../wire/address.ts';
import { ExtendedErrorCode, Rcode } from '../../wire/dns/codes.ts';
import type { ExtendedError } from '../../wire/dns/edns.ts';
import type { Message } from '../../wire/dns/message.ts';
import type { ResolverCounters } from '../resolver-counters.ts';
import type { ResolverLimits } from '../resolver-options.ts';
import type { Forwarding } from '../upstream/forwarding.ts';
import type { UpstreamQuestion } from '../upstream/sent-query.ts';
import type { NoReply } from '../upstream/try-race.ts';
import { AnswerCache, type CachedResolution } from './answer-cache.ts';
import { ClientGate } from './client-gate.ts';
import { FailureBackoff } from './failure-backoff.ts';
import type { AddressRules } from './private-addresses.ts';
import { readResolution } from './read-resolution.ts';
import { NO_LEASE, type Resolution } from './resolution.ts';

/**
 * For clients whose lease quota is exhausted: upstream questions each may have in flight, and how many all of them together
 * may start per second; otherwise random names reach the upstreams and fill the cache (FL-11). Chosen by us.
 */
const QUESTIONS_WITHOUT_LEASE = 2;
const QUESTIONS_WITHOUT_LEASE_RATE = { perSecond: 20, atOnce: 40 };

export interface LookupOptions {
  readonly upstreams: Pick<Forwarding, 'ask' | 'zoneOf'>;
  readonly rules: AddressRules;
  readonly limits: Pick<
    ResolverLimits,
    'cacheEntries' | 'cacheBytes' | 'staleSeconds' | 'upstreamQuestions' | 'upstreamQuestionsPerClient'
  >;
  readonly counters: ResolverCounters;
  readonly now: () => number;
}

export class Lookup {
  readonly #options: LookupOptions;
  readonly #cache: AnswerCache;
  readonly #gate: ClientGate;
  readonly #backoff = new FailureBackoff();
  readonly #withoutLease: TokenBucket;
  readonly #underWay = new Map<string, Promise<CachedResolution>>();

  constructor(options: LookupOptions) {
    this.#options = options;
    const { cacheEntries, cacheBytes, staleSeconds } = options.limits;
    const { perSecond, atOnce } = QUESTIONS_WITHOUT_LEASE_RATE;
    this.#withoutLease = new TokenBucket(perSecond, atOnce, options.now());
    this.#gate = new ClientGate(options.limits.upstreamQuestionsPerClient);
    this.#cache = new AnswerCache({ entries: cacheEntries, bytes: cacheBytes, staleSeconds });
  }

  /** How many answers the cache holds, and their bytes. */
  get cached(): { readonly entries: number; readonly bytes: number } {
    return { entries: this.#cache.size, bytes: this.#cache.bytes };
  }

  /**
   * Resolves a client's question. When the client may not lease an address (`mayLease`), upstreams are still asked while it
   * has few questions in flight, so that NXDOMAIN is reported as such. Rejects only on a defect: any other failure is a
   * resolution of kind `failure`.
   */
  async find(
    question: UpstreamQuestion,
    client: Address,
    mayLease: () => boolean,
  ): Promise<CachedResolution> {
    const key = keyOf(question);
    const known = this.#findKnown(key, question);
    if (known !== undefined) {
      this.#prefetch(key, question, client);
      return known;
    }
    const { counters } = this.#options;
    const wait = this.#enter(client, mayLease());
    if (wait === 'refused') {
      counters.poolExhausted++;
      return asLearned(failWith(NO_LEASE));
    }
    try {
      if (wait !== undefined) await wait;
      // While it waited, another client may have asked the same.
      const found = wait === undefined ? undefined : this.#findKnown(key, question);
      if (found !== undefined) return await found;
      counters.cacheMisses++;
      return await this.#ask(key, question);
    } finally {
      this.#gate.leave(client);
    }
  }

  #enter(client: Address, mayLease: boolean): Promise<void> | undefined | 'refused' {
    if (mayLease) return this.#gate.enter(client);
    if (!this.#withoutLease.take(this.#options.now())) return 'refused';
    return this.#gate.enterIfFree(client, QUESTIONS_WITHOUT_LEASE) ? undefined : 'refused';
  }

  /**
   * Looks a cached answer up again after giving it. Counts against the client's upstream questions, and happens only while
   * less than half of all upstream questions are in use.
   */
  #prefetch(key: string, question: UpstreamQuestion, client: Address): void {
    const { counters, limits, now } = this.#options;
    if (!this.#cache.claimPrefetch(key, now()) || this.#underWay.has(key)) return;
    if (this.#underWay.size >= limits.upstreamQuestions / 2 || !this.#gate.enterIfFree(client)) return;
    counters.prefetches++;
    this.#ask(key, question)
      .catch(() => {
        // A defect: the first question after the answer has expired meets it again, and reports it.
      })
      .finally(() => this.#gate.leave(client));
  }

  /** From the cache, or by joining an equal question in flight. */
  #findKnown(
    key: string,
    question: UpstreamQuestion,
  ): CachedResolution | Promise<CachedResolution> | undefined {
    const { counters } = this.#options;
    const cached = this.#recall(key, question);
    if (cached !== undefined) {
      counters.cacheHits++;
      if (cached.stale) counters.staleAnswers++;
      return asRemembered(cached);
    }
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) counters.coalesced++;
    return underWay;
  }

  /** Asks the upstreams even if the cache has an answer; the cached answer is kept when they have none. */
  renew(question: UpstreamQuestion): Promise<CachedResolution> {
    const key = keyOf(question);
    return this.#underWay.get(key) ?? this.#ask(key, question);
  }

  /**
   * What the cache has for the question, or for the absence of its name or of a parent; but of no parent above the domain
   * whose upstreams are asked, since the upstreams of other domains need not know what is below.
   */
  #recall(key: string, question: UpstreamQuestion): CachedResolution | undefined {
    const nowMs = this.#options.now();
    const own = this.#cache.get(key, nowMs);
    if (own !== undefined || question.dnssecOk) return own;
    const zone = this.#options.upstreams.zoneOf(question.name);
    for (let name = question.name; name !== ''; name = parentOf(name)) {
      const absence = this.#cache.get(absenceKey({ ...question, name }), nowMs);
      if (absence !== undefined || name === zone) return absence;
    }
    return undefined;
  }

  #ask(key: string, question: UpstreamQuestion): Promise<CachedResolution> {
    if (this.#underWay.size >= this.#options.limits.upstreamQuestions) {
      this.#options.counters.upstreamOverload++;
      const error = { code: ExtendedErrorCode.OTHER, text: 'too many questions are under way' };
      return Promise.resolve(asLearned(failWith(error)));
    }
    const asking = this.#askUpstreams(key, question).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asking);
    return asking;
  }

  async #askUpstreams(key: string, question: UpstreamQuestion): Promise<CachedResolution> {
    const reply = await this.#options.upstreams.ask(question);
    const resolution = this.#read(reply, question);
    if (resolution.kind === 'failure') return this.#fail(key, question, resolution);
    this.#backoff.recordSuccess(key);
    const absence = absenceKey(question);
    const isAbsent = resolution.kind === 'absent';
    // The other entry says the contrary, and may have a longer TTL.
    this.#cache.delete(isAbsent ? key : absence);
    this.#cache.set(isAbsent ? absence : key, resolution, this.#options.now());
    return asLearned(resolution);
  }

  #fail(key: string, question: UpstreamQuestion, failure: Resolution): CachedResolution {
    const nowMs = this.#options.now();
    const known = this.#recall(key, question);
    if (known !== undefined && known.resolution.kind !== 'failure') return known;
    const stale = this.#cache.reviveStale([key, absenceKey(question)], nowMs);
    if (stale !== undefined) {
      this.#options.counters.staleAnswers++;
      return stale;
    }
    const remembered = { ...failure, ttlSeconds: this.#backoff.recordFailure(key) };
    this.#cache.set(key, remembered, nowMs);
    return asLearned(remembered);
  }

  #read(reply: Message | NoReply, { dnssecOk }: UpstreamQuestion): Resolution {
    if (typeof reply === 'string') return describeNoReply(reply);
    return readResolution(reply, { rules: this.#options.rules, dnssecOk });
  }
}

/** Names hold no spaces, so no two questions have one key. DO and CD change the answer (RFC 4035 section 4.7). */
function keyOf({ name, type, class: recordClass, dnssecOk, checkingDisabled }: UpstreamQuestion): string {
  return `${name} ${type} ${recordClass} ${Number(dnssecOk)}${Number(checkingDisabled)}`;
}

/** An absence is one of the name, whatever type was asked for (RFC 2308 section 5). */
function absenceKey({ name, class: recordClass, checkingDisabled }: UpstreamQuestion): string {
  return `${name} absent ${recordClass} ${Number(checkingDisabled)}`;
}

function parentOf(name: string): string {
  const dot = name.indexOf('.');
  return dot === -1 ? '' : name.slice(dot + 1);
}

function asLearned(resolution: Resolution): CachedResolution {
  return { resolution, ageSeconds: 0, stale: false };
}

function describeNoReply(reply: NoReply): Resolution {
  const error =
    reply === 'silent'
      ? { code: ExtendedErrorCode.NO_REACHABLE_AUTHORITY, text: 'no upstream has answered' }
      : { code: ExtendedErrorCode.NETWORK_ERROR, text: 'no upstream could be reached' };
  return failWith(error);
}

function failWith(error: ExtendedError): Resolution {
  return { kind: 'failure', rcode: Rcode.SERVFAIL, error, ttlSeconds: 0 };
}

/** A cached failure is marked as such (RFC 8914 section 4.14). */
function asRemembered(cached: CachedResolution): CachedResolution {
  const { resolution } = cached;
  if (resolution.kind !== 'failure') return cached;
  const error = { code: ExtendedErrorCode.CACHED_ERROR, text: resolution.error.text };
  return { ...cached, resolution: { ...resolution, error } };
}
