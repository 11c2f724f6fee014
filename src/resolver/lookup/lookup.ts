/**
 * Resolves a question: from the cache, by joining an equal question that is already in flight (RFC 5452 section 9.3), or
 * from the upstreams. NXDOMAIN covers all names below (RFC 8020), failures are cached (RFC 2308 section 7, RFC 9520), and
 * stale answers are served if no upstream answers (RFC 8767). An answer requested shortly before its expiry is prefetched.
 */
import { TokenBucket } from '../../time/token-bucket.ts';
import type { Address } from '../../wire/address.ts';
import { ExtendedErrorCode } from '../../wire/dns/codes.ts';
import type { Message } from '../../wire/dns/message.ts';
import type { ResolverCounters } from '../resolver-counters.ts';
import type { ResolverLimits } from '../resolver-options.ts';
import type { Forwarding } from '../upstream/forwarding.ts';
import type { UpstreamQuestion } from '../upstream/sent-query.ts';
import type { NoReply } from '../upstream/try-race.ts';
import { AnswerCache, type CachedResolution } from './answer-cache.ts';
import { ClientGate } from './client-gate.ts';
import { failureOf, markCached, noReplyFailure } from './failed-resolution.ts';
import { FailureBackoff } from './failure-backoff.ts';
import type { AddressRules } from './private-addresses.ts';
import { absenceKey, keyOf, parentOf } from './question-key.ts';
import { readResolution } from './read-resolution.ts';
import { NO_LEASE, type Resolution } from './resolution.ts';

/**
 * For clients whose lease quota is exhausted: how many upstream questions each may have in flight, and how many all of them
 * together may start per second. Otherwise random names would reach the upstreams and fill the cache (FL-11). Chosen by us.
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
  readonly #inFlight = new Map<string, Promise<CachedResolution>>();

  constructor(options: LookupOptions) {
    this.#options = options;
    const { cacheEntries, cacheBytes, staleSeconds } = options.limits;
    const { perSecond, atOnce } = QUESTIONS_WITHOUT_LEASE_RATE;
    this.#withoutLease = new TokenBucket(perSecond, atOnce, options.now());
    this.#gate = new ClientGate(options.limits.upstreamQuestionsPerClient);
    this.#cache = new AnswerCache({ entries: cacheEntries, bytes: cacheBytes, staleSeconds });
  }

  /** The size of the cache, in answers and in bytes. */
  get cached(): { readonly entries: number; readonly bytes: number } {
    return { entries: this.#cache.size, bytes: this.#cache.bytes };
  }

  /**
   * Resolves a client's question. If the client may not lease an address (`mayLease`), upstreams are still asked while it has
   * few questions in flight, so that it learns of NXDOMAIN. Rejects only on a defect: any other failure is a resolution of
   * kind `failure`.
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
      return fresh(failureOf(NO_LEASE));
    }
    try {
      if (wait !== undefined) await wait;
      // Meanwhile another client may have asked the same question.
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
   * Looks up a cached answer again if it is about to expire. Counts against the client's limit of upstream questions, and
   * is done only while less than half of all upstream questions are in flight.
   */
  #prefetch(key: string, question: UpstreamQuestion, client: Address): void {
    const { counters, limits, now } = this.#options;
    if (!this.#cache.claimPrefetch(key, now()) || this.#inFlight.has(key)) return;
    if (this.#inFlight.size >= limits.upstreamQuestions / 2 || !this.#gate.enterIfFree(client)) return;
    counters.prefetches++;
    this.#ask(key, question)
      .catch(() => {
        // A defect: the first question after the expiry will run into it again and report it.
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
      return markCached(cached);
    }
    const inFlight = this.#inFlight.get(key);
    if (inFlight !== undefined) counters.coalesced++;
    return inFlight;
  }

  /** Asks the upstreams even if an answer is cached; the cached answer stays if they fail. */
  renew(question: UpstreamQuestion): Promise<CachedResolution> {
    const key = keyOf(question);
    return this.#inFlight.get(key) ?? this.#ask(key, question);
  }

  /**
   * A cached answer to the question, or a cached NXDOMAIN for its name or a parent. Parents above the domain that selects the
   * upstreams are not considered, since other upstreams need not know the names below it.
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
    if (this.#inFlight.size >= this.#options.limits.upstreamQuestions) {
      this.#options.counters.upstreamOverload++;
      const error = { code: ExtendedErrorCode.OTHER, text: 'too many questions are under way' };
      return Promise.resolve(fresh(failureOf(error)));
    }
    const asking = this.#askUpstreams(key, question).finally(() => this.#inFlight.delete(key));
    this.#inFlight.set(key, asking);
    return asking;
  }

  async #askUpstreams(key: string, question: UpstreamQuestion): Promise<CachedResolution> {
    const reply = await this.#options.upstreams.ask(question);
    const resolution = this.#read(reply, question);
    if (resolution.kind === 'failure') return this.#fail(key, question, resolution);
    this.#backoff.recordSuccess(key);
    const absence = absenceKey(question);
    const isAbsent = resolution.kind === 'absent';
    // The opposite result may be cached with a longer TTL.
    this.#cache.delete(isAbsent ? key : absence);
    this.#cache.set(isAbsent ? absence : key, resolution, this.#options.now());
    return fresh(resolution);
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
    const cached = { ...failure, ttlSeconds: this.#backoff.recordFailure(key) };
    this.#cache.set(key, cached, nowMs);
    return fresh(cached);
  }

  #read(reply: Message | NoReply, { dnssecOk }: UpstreamQuestion): Resolution {
    if (typeof reply === 'string') return noReplyFailure(reply);
    return readResolution(reply, { rules: this.#options.rules, dnssecOk });
  }
}

function fresh(resolution: Resolution): CachedResolution {
  return { resolution, ageSeconds: 0, stale: false };
}
