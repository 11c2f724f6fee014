/** Plain DNS: over UDP with cookies, or over TCP if a reply is truncated or cannot be trusted. */
import { Rcode, RecordType } from '../../wire/dns/codes.ts';
import { fullRcode } from '../../wire/dns/edns.ts';
import type { Message } from '../../wire/dns/message.ts';
import type { ResolverCounters } from '../resolver-counters.ts';
import type { UpstreamServer } from '../resolver-options.ts';
import { CookieJar } from './cookie-jar.ts';
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
  readonly #jar = new CookieJar();

  constructor(server: UpstreamServer, options: PlainOptions) {
    this.#server = server;
    this.#options = options;
  }

  /** If the server rejects OPT or our cookie, the query is repeated without them (RFC 6891 section 7). */
  async exchange(question: UpstreamQuestion, signal: AbortSignal): Promise<Message> {
    const reply = await this.#exchangeWithCookie(question, signal);
    return rejectsEdns(reply) ? this.#exchangeOnce(question, false, signal) : reply;
  }

  close(): void {
    // Nothing is kept open: each exchange ends with its signal.
  }

  /** A server that requires a newer cookie sends it with its BADCOOKIE reply (RFC 7873 section 5.3). */
  async #exchangeWithCookie(question: UpstreamQuestion, signal: AbortSignal): Promise<Message> {
    const reply = await this.#exchangeOnce(question, true, signal);
    if (fullRcode(reply) !== Rcode.BADCOOKIE) return reply;
    const again = await this.#exchangeOnce(question, true, signal);
    return fullRcode(again) === Rcode.BADCOOKIE ? this.#exchangeOverTcp(question, true, signal) : again;
  }

  async #exchangeOnce(question: UpstreamQuestion, edns: boolean, signal: AbortSignal): Promise<Message> {
    const { counters, randomizeCase } = this.#options;
    const onMismatch = () => {
      counters.upstreamMismatches++;
    };
    const cookie = edns ? this.#jar.forUdp : undefined;
    const query = newQuery(question, { edns, randomizeCase, cookie });
    const reply = await exchangeUdp(this.#server, query, { signal, onMismatch });
    if (reply === 'truncated') return this.#exchangeOverTcp(question, edns, signal);
    if (edns) this.#jar.learn(reply);
    return reply;
  }

  /** A TCP connection cannot be spoofed blindly, so the server may answer in any letter case. */
  async #exchangeOverTcp(question: UpstreamQuestion, edns: boolean, signal: AbortSignal): Promise<Message> {
    this.#options.counters.upstreamFallbacksToTcp++;
    const cookie = edns ? this.#jar.forTcp : undefined;
    const reply = await exchangeTcp(this.#server, newQuery(question, { edns, cookie }), signal);
    if (edns) this.#jar.learn(reply);
    return reply;
  }
}

/** FORMERR, or NOTIMP without OPT: the server predates EDNS, or does not ignore unknown options as it must. */
function rejectsEdns(reply: Message): boolean {
  const rcode = fullRcode(reply);
  const hasOpt = reply.records.some(({ type }) => type === RecordType.OPT);
  return rcode === Rcode.FORMERR || (rcode === Rcode.NOTIMP && !hasOpt);
}
