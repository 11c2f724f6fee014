/**
 * Third step: asks the upstreams. If one does not answer within a short time, the next is asked in parallel; the first usable
 * reply wins. After a few tries, or at the deadline, the question has failed (RFC 9520 section 3.1 requires such a limit).
 */
import type { Message } from '../../wire/dns/message.ts';
import type { ResolverLimits, UpstreamChoice, UpstreamServer } from '../resolver-options.ts';
import type { ClientOptions } from './client-options.ts';
import type { UpstreamQuestion } from './sent-query.ts';
import { type NoReply, raceTries } from './try-race.ts';
import { makeUpstreamClient, type UpstreamClient } from './upstream-client.ts';
import { UpstreamHealth } from './upstream-health.ts';

export interface UpstreamsOptions extends ClientOptions {
  readonly servers: readonly UpstreamServer[];
  readonly choice: UpstreamChoice;
  readonly limits: Pick<ResolverLimits, 'upstreamPatienceMs' | 'upstreamDeadlineMs' | 'upstreamTries'>;
  readonly now: () => number;
}

// Shared, because an abort without a reason creates a new error with a stack trace.
const TOO_LATE = new Error('Cannot wait any longer: the deadline is over');
const NOT_NEEDED = new Error('Cannot go on: the reply is not needed any more');

export class Upstreams {
  readonly health: UpstreamHealth;
  readonly #options: UpstreamsOptions;
  readonly #clients: ReadonlyMap<UpstreamServer, UpstreamClient>;
  readonly #inFlight = new Set<AbortController>();

  constructor(options: UpstreamsOptions) {
    this.#options = options;
    const { servers, choice } = options;
    this.health = new UpstreamHealth(servers, choice);
    this.#clients = new Map(servers.map((server) => [server, makeUpstreamClient(server, options)]));
  }

  /** The first usable reply; otherwise the last reply with an rcode; otherwise the reason why there is none. Never rejects. */
  async ask(question: UpstreamQuestion): Promise<Message | NoReply> {
    const end = new AbortController();
    const deadline = setTimeout(() => end.abort(TOO_LATE), this.#options.limits.upstreamDeadlineMs);
    this.#inFlight.add(end);
    try {
      return await raceTries({
        tries: this.#planTries(),
        patienceMs: this.#options.limits.upstreamPatienceMs,
        signal: end.signal,
        begin: (server) => this.#try(server, question, end.signal),
      });
    } finally {
      clearTimeout(deadline);
      this.#inFlight.delete(end);
      // Aborts the tries that lost.
      end.abort(NOT_NEEDED);
    }
  }

  /** Aborts all questions in flight. */
  close(): void {
    for (const end of this.#inFlight) end.abort(NOT_NEEDED);
    for (const client of this.#clients.values()) client.close();
  }

  /** The upstreams in order of health, repeated up to the maximum number of tries, but each at least once. */
  #planTries(): UpstreamServer[] {
    const order = this.health.order(this.#options.now());
    const tries = Math.max(this.#options.limits.upstreamTries, order.length);
    return Array.from(
      { length: order.length === 0 ? 0 : tries },
      (_, index) => order[index % order.length],
    ).filter((server) => server !== undefined);
  }

  /** One try at one upstream. Never rejects. */
  async #try(
    server: UpstreamServer,
    question: UpstreamQuestion,
    signal: AbortSignal,
  ): Promise<Message | NoReply> {
    const { counters, limits, now } = this.#options;
    const startedMs = now();
    counters.upstreamQueries++;
    try {
      const client = this.#clients.get(server);
      if (client === undefined) return 'unreachable';
      const reply = await client.exchange(question, signal);
      this.health.recordAnswer(server, now() - startedMs, now());
      return reply;
    } catch (error) {
      const late = now() - startedMs >= limits.upstreamPatienceMs;
      // A try that was aborted soon, because another one won, says nothing about its upstream.
      if (!signal.aborted || late) this.health.recordFailure(server, now(), describeFailure(error, signal));
      if (!signal.aborted) counters.upstreamErrors++;
      else if (late) counters.upstreamTimeouts++;
      return signal.aborted ? 'silent' : 'unreachable';
    }
  }
}

function describeFailure(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'no reply in time';
  return error instanceof Error ? error.message : String(error);
}
