/** Plain DNS: over UDP, and over TCP what does not fit or cannot be trusted otherwise. */
import { Rcode, RecordType } from '../../wire/dns/codes.ts';
import { rcodeOf } from '../../wire/dns/header.ts';
import type { Message } from '../../wire/dns/message.ts';
import type { ResolverCounters } from '../resolver-counters.ts';
import type { UpstreamServer } from '../resolver-options.ts';
import { exchangeTcp } from './exchange-tcp.ts';
import { exchangeUdp } from './exchange-udp.ts';
import { newQuery, type UpstreamQuestion } from './sent-query.ts';

export interface PlainOptions {
  readonly counters: ResolverCounters;
  readonly randomizeCase: boolean;
}

export class PlainClient {
  readonly #server: UpstreamServer;
  readonly #options: PlainOptions;

  constructor(server: UpstreamServer, options: PlainOptions) {
    this.#server = server;
    this.#options = options;
  }

  /** The reply; from a server that stumbles over OPT, the one it gives without (RFC 6891 section 7). */
  async exchange(question: UpstreamQuestion, signal: AbortSignal): Promise<Message> {
    const reply = await this.#exchangeOnce(question, true, signal);
    return rejectsEdns(reply) ? this.#exchangeOnce(question, false, signal) : reply;
  }

  close(): void {
    // Nothing is kept open: each exchange ends with its signal.
  }

  async #exchangeOnce(question: UpstreamQuestion, edns: boolean, signal: AbortSignal): Promise<Message> {
    const { counters, randomizeCase } = this.#options;
    const onMismatch = () => {
      counters.upstreamMismatches++;
    };
    const query = newQuery(question, { edns, randomizeCase });
    const reply = await exchangeUdp(this.#server, query, { signal, onMismatch });
    if (reply !== 'truncated') return reply;
    counters.upstreamFallbacksToTcp++;
    // A connection cannot be guessed at, so the case may be what the server likes.
    return exchangeTcp(this.#server, newQuery(question, { edns }), signal);
  }
}

/** FORMERR or NOTIMP without OPT: the sign of a server from before EDNS. */
function rejectsEdns({ header, records }: Message): boolean {
  const rcode = rcodeOf(header.flags);
  const hasOpt = records.some(({ type }) => type === RecordType.OPT);
  return (rcode === Rcode.FORMERR || rcode === Rcode.NOTIMP) && !hasOpt;
}
