/**
 * Admits queries of clients only, each up to a limit of concurrent queries. Because a spoofed flood can use up a client's limit,
 * queries from a verified source (TCP or a valid cookie) have a limit of their own; a query with an invalid cookie is answered
 * with a new cookie (RFC 7873 section 5.2.3).
 */
import { Rcode } from '../../wire/dns/codes.ts';
import { findCookie } from '../../wire/dns/cookie.ts';
import { answerRcode } from '../answer/answer.ts';
import type { ResolverOptions } from '../resolver-options.ts';
import { type AnswerContext, answerQuery, type ReceivedQuery, type Reply } from './answer-query.ts';
import { ClientLoad } from './client-load.ts';
import { readRequest } from './read-request.ts';
import { writeReply } from './write-reply.ts';

export class Admission {
  readonly #options: Pick<ResolverOptions, 'accepts' | 'onDefect'>;
  readonly #context: AnswerContext;
  readonly #load: ClientLoad;
  readonly #provenLoad: ClientLoad;

  constructor(
    options: Pick<ResolverOptions, 'accepts' | 'onDefect'>,
    context: AnswerContext,
    queriesPerClient: number,
  ) {
    this.#options = options;
    this.#context = context;
    this.#load = new ClientLoad(queriesPerClient);
    this.#provenLoad = new ClientLoad(queriesPerClient);
  }

  /** The reply; undefined if none may be sent. Never rejects: an exception costs this query its answer, nothing more. */
  async answer(query: ReceivedQuery): Promise<Reply | undefined> {
    const { counters } = this.#context;
    if (!this.#options.accepts(query.client)) {
      counters.refusedClients++;
      return undefined;
    }
    if (this.#load.enter(query.client)) return this.#answer(query, this.#load);
    const proof = this.#prove(query);
    if (proof === 'proven' && this.#provenLoad.enter(query.client))
      return this.#answer(query, this.#provenLoad);
    counters.clientOverload++;
    return proof === 'proven' ? undefined : proof;
  }

  async #answer(query: ReceivedQuery, load: ClientLoad): Promise<Reply | undefined> {
    const { counters } = this.#context;
    if (query.transport === 'udp') counters.queriesUdp++;
    else counters.queriesTcp++;
    try {
      return await answerQuery(query, this.#context);
    } catch (error) {
      counters.defects++;
      this.#options.onDefect?.(error);
      return undefined;
    } finally {
      load.leave(query.client);
    }
  }

  /** `proven` if the source address is verified; otherwise the reply to send instead, if any. */
  #prove(query: ReceivedQuery): 'proven' | Reply | undefined {
    if (query.transport === 'tcp') return 'proven';
    const reading = readRequest(query.bytes);
    if (reading.kind !== 'request') return undefined;
    const { to } = reading.request;
    const cookie = findCookie(to.edns);
    if (cookie === undefined || cookie === 'malformed') return undefined;
    if (this.#context.cookies.isValid(cookie, query.client)) return 'proven';
    return { bytes: writeReply(to, answerRcode(Rcode.BADCOOKIE), query, this.#context), reuse: undefined };
  }
}
