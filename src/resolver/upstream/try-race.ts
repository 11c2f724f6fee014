/** Races the tries of one question: decides which upstream is asked next and when, which reply wins, and when to give up. */
import { Rcode } from '../../wire/dns/codes.ts';
import { fullRcode } from '../../wire/dns/edns.ts';
import type { Message } from '../../wire/dns/message.ts';
import type { UpstreamServer } from '../resolver-options.ts';

/** `silent`: no reply in time; `unreachable`: a network error, or no usable reply. */
export type NoReply = 'silent' | 'unreachable';

export interface RaceRules {
  /** The servers to ask, in order; one may occur several times. */
  readonly tries: readonly UpstreamServer[];
  /** How long a try may take before the next one is started in parallel. */
  readonly patienceMs: number;
  /** After it aborts, no further try is started. */
  readonly signal: AbortSignal;
  /** Starts one try; must not reject. */
  readonly begin: (server: UpstreamServer) => Promise<Message | NoReply>;
}

/** The first usable reply; otherwise the last reply with an rcode; otherwise the reason why there is none. */
export function raceTries(rules: RaceRules): Promise<Message | NoReply> {
  return new TryRace(rules).result;
}

class TryRace {
  readonly result: Promise<Message | NoReply>;
  readonly #rules: RaceRules;
  readonly #resolve: (reply: Message | NoReply) => void;
  #tries: UpstreamServer[];
  #running = 0;
  #best: Message | NoReply = 'unreachable';
  #patience: NodeJS.Timeout | undefined;

  constructor(rules: RaceRules) {
    const { promise, resolve } = Promise.withResolvers<Message | NoReply>();
    this.#rules = rules;
    this.#resolve = resolve;
    this.#tries = [...rules.tries];
    this.result = promise.finally(() => clearTimeout(this.#patience));
    this.#next();
  }

  #next(): void {
    clearTimeout(this.#patience);
    const server = this.#tries.shift();
    if (server !== undefined) {
      this.#running++;
      this.#patience = setTimeout(() => this.#next(), this.#rules.patienceMs);
      void this.#rules.begin(server).then((reply) => this.#judge(server, reply));
    } else if (this.#running === 0) {
      this.#resolve(this.#best);
    }
  }

  #judge(server: UpstreamServer, reply: Message | NoReply): void {
    this.#running--;
    if (isUsable(reply)) {
      this.#resolve(reply);
      return;
    }
    if (typeof reply !== 'string' || typeof this.#best === 'string') this.#best = reply;
    // An upstream that has replied with an error would do so again.
    if (typeof reply !== 'string') this.#tries = this.#tries.filter((other) => other !== server);
    if (this.#rules.signal.aborted) this.#tries = [];
    this.#next();
  }
}

/** Whether the reply answers the question, rather than reporting a problem of the server. */
function isUsable(reply: Message | NoReply): boolean {
  if (typeof reply === 'string') return false;
  const rcode = fullRcode(reply);
  return rcode === Rcode.NOERROR || rcode === Rcode.NXDOMAIN;
}
