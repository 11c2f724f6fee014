/**
 * Answers of the resolver that may be reused, each for the query it answered; bounded in number and size, oldest evicted
 * first. An answer is written over its query, so that id and question stay as they were sent, letter case included.
 */
import { Rcode } from '../../wire/dns/codes.ts';
import { MIN_UDP_BYTES } from '../../wire/dns/edns.ts';
import { Flag, HEADER_BYTES, rcodeOf } from '../../wire/dns/header.ts';
import { parseMessage } from '../../wire/dns/message.ts';
import { QueryKey } from './query-key.ts';

export interface AnswerToKeep {
  readonly query: Uint8Array;
  readonly reply: Uint8Array;
  /** The lease it announces, if it is a synthetic one. */
  readonly lease: number | undefined;
  /** Monotonic milliseconds. */
  readonly untilMs: number;
}

export interface KeptAnswersOptions {
  /** Of each kind: synthetic ones, and all others. */
  readonly entries: number;
  /** Called each time a synthetic answer is given: its lease lives on. */
  readonly onUse: (lease: number, nowMs: number) => void;
}

interface KeptAnswer {
  /** Flags and counts. */
  readonly head: Uint8Array;
  /** All that stands behind the question. */
  readonly tail: Uint8Array;
  readonly ttls: readonly Ttl[];
  readonly lease: number | undefined;
  readonly untilMs: number;
}

interface Ttl {
  /** In `tail`. */
  readonly at: number;
  readonly seconds: number;
}

const ID_BYTES = 2;

export class KeptAnswers {
  readonly #options: KeptAnswersOptions;
  readonly #key = new QueryKey();
  /** In the order in which they came. Apart, so that questions for names that do not exist push no synthetic one out. */
  readonly #synthetic = new Map<string, KeptAnswer>();
  readonly #others = new Map<string, KeptAnswer>();

  constructor(options: KeptAnswersOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#synthetic.size + this.#others.size;
  }

  /** Replaces what was kept for the query. Passes over what is no plain query, or no answer that fits any client. */
  keep({ query, reply, lease, untilMs }: AnswerToKeep): void {
    const key = this.#key.read(query, 0, query.length);
    const kept = key === undefined ? undefined : readReply(reply, this.#key.questionEnd, { lease, untilMs });
    if (key === undefined || kept === undefined) return;
    this.#forget(key);
    const answers = lease === undefined ? this.#others : this.#synthetic;
    answers.set(key, kept);
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

  /** Writes the answer to the query in `bytes[from..end)` over it; its length, or 0 when there is none to give. */
  answer(bytes: Uint8Array, from: number, end: number, nowMs: number): number {
    const key = this.#key.read(bytes, from, end);
    const kept = key === undefined ? undefined : this.#find(key);
    if (key === undefined || kept === undefined) return 0;
    const leftSeconds = Math.ceil((kept.untilMs - nowMs) / 1000);
    if (leftSeconds <= 0) {
      this.#forget(key);
      return 0;
    }
    if (kept.lease !== undefined) this.#options.onUse(kept.lease, nowMs);
    const tailAt = this.#key.questionEnd;
    bytes.set(kept.head, from + ID_BYTES);
    bytes.set(kept.tail, tailAt);
    for (const { at, seconds } of kept.ttls) writeTtl(bytes, tailAt + at, Math.min(seconds, leftSeconds));
    return tailAt + kept.tail.length - from;
  }

  #find(key: string): KeptAnswer | undefined {
    return this.#synthetic.get(key) ?? this.#others.get(key);
  }

  #forget(key: string): void {
    this.#synthetic.delete(key);
    this.#others.delete(key);
  }
}

/** A reply has its question where its query has it. What is truncated, or says that something is wrong, is made anew. */
function readReply(
  reply: Uint8Array,
  questionEnd: number,
  terms: Pick<KeptAnswer, 'lease' | 'untilMs'>,
): KeptAnswer | undefined {
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
