/**
 * A cache of the resolver's answers that may be reused, by query; bounded in number and size, evicting the oldest first. An
 * answer is written over its query, so that id and question, including letter case, stay as sent.
 */
import { Rcode } from '../../wire/dns/codes.ts';
import { MIN_UDP_BYTES } from '../../wire/dns/edns.ts';
import { Flag, HEADER_BYTES, rcodeOf } from '../../wire/dns/header.ts';
import { parseMessage } from '../../wire/dns/message.ts';
import { QueryKey } from './query-key.ts';

export interface CacheableAnswer {
  readonly query: Uint8Array;
  readonly reply: Uint8Array;
  /** The lease that it announces, if its address is synthetic. */
  readonly lease: number | undefined;
  /** Monotonic milliseconds. */
  readonly untilMs: number;
}

export interface FrontCacheOptions {
  /** Maximum number of answers of each kind: with synthetic addresses, and all others. */
  readonly entries: number;
  /** Called each time an answer with a synthetic address is given, to extend its lease. */
  readonly onUse: (lease: number, nowMs: number) => void;
}

interface CachedAnswer {
  /** Flags and counts. */
  readonly head: Uint8Array;
  /** Everything after the question. */
  readonly tail: Uint8Array;
  readonly ttls: readonly Ttl[];
  readonly lease: number | undefined;
  readonly untilMs: number;
}

interface Ttl {
  /** Offset in `tail`. */
  readonly at: number;
  readonly seconds: number;
}

const ID_BYTES = 2;

export class FrontCache {
  readonly #options: FrontCacheOptions;
  readonly #key = new QueryKey();
  /** In order of insertion. Separate, so that questions for names that do not exist cannot evict synthetic answers. */
  readonly #synthetic = new Map<string, CachedAnswer>();
  readonly #others = new Map<string, CachedAnswer>();

  constructor(options: FrontCacheOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#synthetic.size + this.#others.size;
  }

  /**
   * Caches an answer, replacing any for the same query. Ignores queries that are not plain, and answers that cannot be reused.
   */
  add({ query, reply, lease, untilMs }: CacheableAnswer): void {
    const key = this.#key.read(query, 0, query.length);
    const cached =
      key === undefined ? undefined : readReply(reply, this.#key.questionEnd, { lease, untilMs });
    if (key === undefined || cached === undefined) return;
    this.#forget(key);
    const answers = lease === undefined ? this.#others : this.#synthetic;
    answers.set(key, cached);
    if (answers.size <= this.#options.entries) return;
    for (const oldest of answers.keys()) {
      answers.delete(oldest);
      return;
    }
  }

  clear(): void {
    this.#synthetic.clear();
    this.#others.clear();
  }

  /** Overwrites the query in `bytes[from..end)` with its answer; returns the length of the answer, or 0 if none is cached. */
  answer(bytes: Uint8Array, from: number, end: number, nowMs: number): number {
    const key = this.#key.read(bytes, from, end);
    const cached = key === undefined ? undefined : this.#find(key);
    if (key === undefined || cached === undefined) return 0;
    const leftSeconds = Math.ceil((cached.untilMs - nowMs) / 1000);
    if (leftSeconds <= 0) {
      this.#forget(key);
      return 0;
    }
    if (cached.lease !== undefined) this.#options.onUse(cached.lease, nowMs);
    const tailAt = this.#key.questionEnd;
    bytes.set(cached.head, from + ID_BYTES);
    bytes.set(cached.tail, tailAt);
    for (const { at, seconds } of cached.ttls) writeTtl(bytes, tailAt + at, Math.min(seconds, leftSeconds));
    return tailAt + cached.tail.length - from;
  }

  #find(key: string): CachedAnswer | undefined {
    return this.#synthetic.get(key) ?? this.#others.get(key);
  }

  #forget(key: string): void {
    this.#synthetic.delete(key);
    this.#others.delete(key);
  }
}

/** Undefined for a reply that must not be cached: one that is truncated or reports an error. */
function readReply(
  reply: Uint8Array,
  questionEnd: number,
  terms: Pick<CachedAnswer, 'lease' | 'untilMs'>,
): CachedAnswer | undefined {
  const message = reply.length > MIN_UDP_BYTES ? undefined : parseMessage(reply);
  if (message === undefined || (message.header.flags & Flag.TC) !== 0) return undefined;
  const rcode = rcodeOf(message.header.flags);
  if (rcode !== Rcode.NOERROR && rcode !== Rcode.NXDOMAIN) return undefined;
  const records = message.records.filter(({ section }) => section !== 'additional');
  return {
    head: reply.slice(ID_BYTES, HEADER_BYTES),
    tail: reply.slice(questionEnd),
    ttls: records.map(({ ttlAt, ttl }) => ({ at: ttlAt - questionEnd, seconds: ttl })),
    ...terms,
  };
}

function writeTtl(bytes: Uint8Array, at: number, seconds: number): void {
  bytes[at] = seconds >>> 24;
  bytes[at + 1] = seconds >>> 16;
  bytes[at + 2] = seconds >>> 8;
  bytes[at + 3] = seconds;
}
