/**
 * Third step: asks the upstreams. A silent one is not waited for: after a moment of patience the next is asked as
 * well, the first usable reply wins, and after a few tries and a deadline the question has failed (RFC 9520
 * section 3.1 asks for such a budget).
 */
import { Rcode, RecordType } from '../../wire/dns/codes.ts';
import { rcodeOf } from '../../wire/dns/header.ts';
import type { Message } from '../../wire/dns/message.ts';
import type { ResolverCounters } from '../resolver-counters.ts';
import type { ResolverLimits, UpstreamServer } from '../resolver-options.ts';
import { exchangeTcp } from './exchange-tcp.ts';
import { exchangeUdp } from './exchange-udp.ts';
import { newQuery, type UpstreamQuestion } from './sent-query.ts';
import { type NoReply, raceTries } from './try-race.ts';
import { UpstreamHealth } from './upstream-health.ts';

export interface UpstreamsOptions {
  readonly servers: readonly UpstreamServer[];
  readonly limits: Pick<ResolverLimits, 'upstreamPatienceMs' | 'upstreamDeadlineMs' | 'upstreamTries'>;
  readonly counters: ResolverCounters;
  readonly now: () => number;
}

export class Upstreams {
  readonly health: UpstreamHealth;
  readonly #options: UpstreamsOptions;
  readonly #underWay = new Set<AbortController>();

  constructor(options: UpstreamsOptions) {
    this.#options = options;
    this.health = new UpstreamHealth(options.servers);
  }

  /** The first usable reply; else the last that had an rcode; else why there is none. Never rejects. */
  async ask(question: UpstreamQuestion): Promise<Message | NoReply> {
    const end = new AbortController();
    const deadline = setTimeout(() => end.abort(), this.#options.limits.upstreamDeadlineMs);
    this.#underWay.add(end);
    try {
      return await raceTries({
        tries: this.#planTries(),
        patienceMs: this.#options.limits.upstreamPatienceMs,
        signal: end.signal,
        begin: (server) => this.#try(server, question, end.signal),
      });
    } finally {
      clearTimeout(deadline);
      this.#underWay.delete(end);
      // The tries that lost.
      end.abort();
    }
  }

  /** Gives up on all questions under way. */
  close(): void {
    for (const end of this.#underWay) end.abort();
  }

  /** The upstreams in the order of their health, again and again, up to the budget; each at least once. */
  #planTries(): UpstreamServer[] {
    const order = this.health.order(this.#options.now());
    const tries = Math.max(this.#options.limits.upstreamTries, order.length);
    return Array.from(
      { length: order.length === 0 ? 0 : tries },
      (_, index) => order[index % order.length],
    ).filter((server) => server !== undefined);
  }

  /** One try at one upstream, over UDP and if need be TCP. Never rejects. */
  async #try(
    server: UpstreamServer,
    question: UpstreamQuestion,
    signal: AbortSignal,
  ): Promise<Message | NoReply> {
    const { counters, limits, now } = this.#options;
    const startedMs = now();
    counters.upstreamQueries++;
    try {
      const reply = await this.#exchange(server, question, signal);
      this.health.recordAnswer(server);
      return reply;
    } catch {
      const late = now() - startedMs >= limits.upstreamPatienceMs;
      // A try that lost quickly to another says nothing about its upstream.
      if (!signal.aborted || late) this.health.recordFailure(server, now());
      if (!signal.aborted) counters.upstreamErrors++;
      else if (late) counters.upstreamTimeouts++;
      return signal.aborted ? 'silent' : 'unreachable';
    }
  }

  /** The reply; from a server that stumbles over OPT, the one it gives without (RFC 6891 section 7). */
  async #exchange(server: UpstreamServer, question: UpstreamQuestion, signal: AbortSignal): Promise<Message> {
    const reply = await this.#exchangeOnce(server, question, { edns: true, signal });
    return rejectsEdns(reply) ? this.#exchangeOnce(server, question, { edns: false, signal }) : reply;
  }

  async #exchangeOnce(
    server: UpstreamServer,
    question: UpstreamQuestion,
    { edns, signal }: { edns: boolean; signal: AbortSignal },
  ): Promise<Message> {
    const { counters } = this.#options;
    const onMismatch = () => {
      counters.upstreamMismatches++;
    };
    const reply = await exchangeUdp(server, newQuery(question, { edns }), { signal, onMismatch });
    if (reply !== 'truncated') return reply;
    counters.upstreamFallbacksToTcp++;
    return exchangeTcp(server, newQuery(question, { edns }), signal);
  }
}

/** FORMERR or NOTIMP without OPT: the sign of a server from before EDNS. */
function rejectsEdns({ header, records }: Message): boolean {
  const rcode = rcodeOf(header.flags);
  const hasOpt = records.some(({ type }) => type === RecordType.OPT);
  return (rcode === Rcode.FORMERR || rcode === Rcode.NOTIMP) && !hasOpt;
}
