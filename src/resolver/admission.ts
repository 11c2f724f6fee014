/** Before a query is read: only clients are served, and none of them with more queries at one time than its share. */
import { type AnswerContext, answerQuery, type ReceivedQuery, type Reply } from './answer-query.ts';
import { ClientLoad } from './client-load.ts';
import type { ResolverOptions } from './resolver-options.ts';

export class Admission {
  readonly #options: Pick<ResolverOptions, 'accepts' | 'onDefect'>;
  readonly #context: AnswerContext;
  readonly #load: ClientLoad;

  constructor(
    options: Pick<ResolverOptions, 'accepts' | 'onDefect'>,
    context: AnswerContext,
    queriesPerClient: number,
  ) {
    this.#options = options;
    this.#context = context;
    this.#load = new ClientLoad(queriesPerClient);
  }

  /** The reply; undefined when none must be sent. Never rejects: a defect of ours costs one answer, not the service. */
  async answer(query: ReceivedQuery): Promise<Reply | undefined> {
    const { counters } = this.#context;
    if (!this.#options.accepts(query.client)) {
      counters.refusedClients++;
      return undefined;
    }
    if (!this.#load.enter(query.client)) {
      counters.clientOverload++;
      return undefined;
    }
    if (query.transport === 'udp') counters.queriesUdp++;
    else counters.queriesTcp++;
    try {
      return await answerQuery(query, this.#context);
    } catch (error) {
      counters.defects++;
      this.#options.onDefect?.(error);
      return undefined;
    } finally {
      this.#load.leave(query.client);
    }
  }
}
