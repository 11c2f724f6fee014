/**
 * From a question to what is known of it: out of the cache, together with an equal question that is already under way
 * (RFC 5452 section 9.3), or from the upstreams. Failures are remembered as well (RFC 2308 section 7, RFC 9520).
 */
import { ExtendedErrorCode, Rcode } from '../wire/dns/codes.ts';
import type { Message } from '../wire/dns/message.ts';
import { AnswerCache, type CachedResolution } from './answer-cache.ts';
import { FailureBackoff } from './failure-backoff.ts';
import type { AddressRules } from './private-addresses.ts';
import { readResolution } from './read-resolution.ts';
import type { Resolution } from './resolution.ts';
import type { ResolverCounters } from './resolver-counters.ts';
import type { ResolverLimits } from './resolver-options.ts';
import type { UpstreamQuestion } from './upstream/sent-query.ts';
import type { NoReply, Upstreams } from './upstream/upstreams.ts';

export interface LookupOptions {
  readonly upstreams: Pick<Upstreams, 'ask'>;
  readonly rules: AddressRules;
  readonly limits: Pick<ResolverLimits, 'cacheEntries' | 'cacheBytes' | 'upstreamQuestions'>;
  readonly counters: ResolverCounters;
  readonly now: () => number;
}

export class Lookup {
  readonly #options: LookupOptions;
  readonly #cache: AnswerCache;
  readonly #backoff = new FailureBackoff();
  readonly #underWay = new Map<string, Promise<Resolution>>();

  constructor(options: LookupOptions) {
    this.#options = options;
    this.#cache = new AnswerCache({ entries: options.limits.cacheEntries, bytes: options.limits.cacheBytes });
  }

  /** How many answers the cache holds, and their bytes. */
  get cached(): { readonly entries: number; readonly bytes: number } {
    return { entries: this.#cache.size, bytes: this.#cache.bytes };
  }

  /** Never rejects: what goes wrong is a resolution of kind `failure`. */
  async find(question: UpstreamQuestion): Promise<CachedResolution> {
    const { counters, now } = this.#options;
    const key = keyOf(question);
    const cached = this.#cache.get(key, now());
    if (cached !== undefined) {
      counters.cacheHits++;
      return asRemembered(cached);
    }
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) {
      counters.coalesced++;
      return { resolution: await underWay, ageSeconds: 0 };
    }
    counters.cacheMisses++;
    return { resolution: await this.#ask(key, question), ageSeconds: 0 };
  }

  #ask(key: string, question: UpstreamQuestion): Promise<Resolution> {
    if (this.#underWay.size >= this.#options.limits.upstreamQuestions) {
      this.#options.counters.upstreamOverload++;
      const error = { code: ExtendedErrorCode.OTHER, text: 'too many questions are under way' };
      return Promise.resolve({ kind: 'failure', rcode: Rcode.SERVFAIL, error, ttlSeconds: 0 });
    }
    const asking = this.#askUpstreams(key, question).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asking);
    return asking;
  }

  async #askUpstreams(key: string, question: UpstreamQuestion): Promise<Resolution> {
    const reply = await this.#options.upstreams.ask(question);
    const resolution = this.#read(reply);
    if (resolution.kind !== 'failure') {
      this.#backoff.recordSuccess(key);
      this.#cache.set(key, resolution, this.#options.now());
      return resolution;
    }
    const remembered = { ...resolution, ttlSeconds: this.#backoff.recordFailure(key) };
    this.#cache.set(key, remembered, this.#options.now());
    return remembered;
  }

  #read(reply: Message | NoReply): Resolution {
    return typeof reply === 'string' ? describeNoReply(reply) : readResolution(reply, this.#options.rules);
  }
}

/** Names hold no spaces, so no two questions have one key. DO and CD change the answer (RFC 4035 section 4.7). */
function keyOf({ name, type, class: recordClass, dnssecOk, checkingDisabled }: UpstreamQuestion): string {
  return `${name} ${type} ${recordClass} ${Number(dnssecOk)}${Number(checkingDisabled)}`;
}

function describeNoReply(reply: NoReply): Resolution {
  const error =
    reply === 'silent'
      ? { code: ExtendedErrorCode.NO_REACHABLE_AUTHORITY, text: 'no upstream has answered' }
      : { code: ExtendedErrorCode.NETWORK_ERROR, text: 'no upstream could be reached' };
  return { kind: 'failure', rcode: Rcode.SERVFAIL, error, ttlSeconds: 0 };
}

/** A failure out of the cache says that it is one (RFC 8914 section 4.14). */
function asRemembered(cached: CachedResolution): CachedResolution {
  const { resolution } = cached;
  if (resolution.kind !== 'failure') return cached;
  const error = { code: ExtendedErrorCode.CACHED_ERROR, text: resolution.error.text };
  return { ...cached, resolution: { ...resolution, error } };
}
