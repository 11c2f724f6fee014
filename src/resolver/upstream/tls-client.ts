/**
 * DNS over TLS (RFC 7858): one connection for all questions, kept open for a while after the last one (section 3.4); replies
 * may arrive in any order. Queries are padded (RFC 8467 section 4.1).
 */
import type { Message } from '../../wire/dns/message.ts';
import type { ClientOptions } from './client-options.ts';
import { type SecureServer, SecureSockets } from './secure-sockets.ts';
import { newQuery, QUERY_PADDING_BYTES, type UpstreamQuestion } from './sent-query.ts';
import { ConnectionLost, StreamConnection } from './stream-connection.ts';

export class TlsClient {
  readonly #sockets: SecureSockets;
  readonly #options: ClientOptions;
  #connection: StreamConnection | undefined;

  constructor(server: SecureServer, options: ClientOptions) {
    this.#sockets = new SecureSockets(server, 'dot', options.authorities);
    this.#options = options;
  }

  async exchange(question: UpstreamQuestion, signal: AbortSignal): Promise<Message> {
    const { connection, isReused } = this.#connect();
    try {
      return await this.#ask(connection, question, signal);
    } catch (error) {
      // The server may have closed the idle connection just as the question was sent.
      if (!(error instanceof ConnectionLost) || !isReused || signal.aborted) throw error;
      return this.#ask(this.#connect().connection, question, signal);
    }
  }

  close(): void {
    this.#connection?.close();
  }

  #ask(connection: StreamConnection, question: UpstreamQuestion, signal: AbortSignal): Promise<Message> {
    for (;;) {
      const query = newQuery(question, { edns: true, padTo: QUERY_PADDING_BYTES });
      if (!connection.isTaken(query.id)) return connection.ask(query, signal);
    }
  }

  #connect(): { connection: StreamConnection; isReused: boolean } {
    const open = this.#connection;
    if (open?.isOpen === true) return { connection: open, isReused: true };
    this.#options.counters.upstreamConnections++;
    const connection = new StreamConnection(this.#sockets.open());
    this.#connection = connection;
    return { connection, isReused: false };
  }
}
