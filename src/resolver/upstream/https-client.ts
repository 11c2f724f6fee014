/**
 * DNS over HTTPS (RFC 8484): POST requests over one HTTP/2 connection, which stays open while it is used. Queries have id 0
 * (section 4.1) and are padded (RFC 8467 section 4.1).
 */
import { type ClientHttp2Session, connect } from 'node:http2';
import { formatAddress } from '../../wire/address.ts';
import type { Message } from '../../wire/dns/message.ts';
import { ageMessage } from './age-message.ts';
import type { ClientOptions } from './client-options.ts';
import { type HttpsReply, postMessage } from './post-message.ts';
import { type SecureServer, SecureSockets } from './secure-sockets.ts';
import { matchReply, newQuery, QUERY_PADDING_BYTES, type UpstreamQuestion } from './sent-query.ts';

export interface HttpsServer extends SecureServer {
  /** For example `/dns-query`. */
  readonly path: string;
}

/** How long an idle connection is kept open. Chosen by us. */
const IDLE_MS = 10_000;
/** A connection is abandoned after this long without data while a reply is outstanding. Chosen by us. */
const STUCK_MS = 1500;

export class HttpsClient {
  readonly #server: HttpsServer;
  readonly #sockets: SecureSockets;
  readonly #options: ClientOptions;
  #session: ClientHttp2Session | undefined;
  #lastReceivedMs = 0;

  constructor(server: HttpsServer, options: ClientOptions) {
    this.#server = server;
    this.#sockets = new SecureSockets(server, 'h2', options.authorities);
    this.#options = options;
  }

  async exchange(question: UpstreamQuestion, signal: AbortSignal): Promise<Message> {
    const query = newQuery(question, { edns: true, padTo: QUERY_PADDING_BYTES, id: 0 });
    const { body, ageSeconds } = await this.#postOnOpen(query.bytes, signal);
    this.#lastReceivedMs = performance.now();
    const reply = matchReply(body, query);
    if (typeof reply === 'string') throw new Error(`Cannot read reply over HTTPS: it is ${reply}`);
    return ageMessage(reply, ageSeconds);
  }

  close(): void {
    this.#session?.destroy();
  }

  /** Posts on the open connection; retries on a new one if the server has just closed it. */
  async #postOnOpen(bytes: Uint8Array, signal: AbortSignal): Promise<HttpsReply> {
    const { session, isReused } = this.#connect();
    try {
      return await this.#post(session, bytes, signal);
    } catch (error) {
      const isLost = isReused && (session.closed || session.destroyed) && !signal.aborted;
      if (!isLost) throw error;
      return this.#post(this.#connect().session, bytes, signal);
    }
  }

  #connect(): { session: ClientHttp2Session; isReused: boolean } {
    const open = this.#session;
    if (open !== undefined && !open.closed && !open.destroyed) return { session: open, isReused: true };
    return { session: this.#open(), isReused: false };
  }

  async #post(session: ClientHttp2Session, bytes: Uint8Array, signal: AbortSignal): Promise<HttpsReply> {
    const sentMs = performance.now();
    try {
      return await postMessage(session, { path: this.#server.path, bytes, signal });
    } catch (error) {
      const isStuck = performance.now() - Math.max(sentMs, this.#lastReceivedMs) >= STUCK_MS;
      if (signal.aborted && isStuck) session.destroy();
      throw error;
    }
  }

  #open(): ClientHttp2Session {
    this.#options.counters.upstreamConnections++;
    const { name, address, port } = this.#server;
    const literal = formatAddress(address);
    const host = name ?? (literal.includes(':') ? `[${literal}]` : literal);
    const session = connect(`https://${host}:${port}`, {
      createConnection: () => this.#sockets.open(),
      settings: { enablePush: false },
    });
    // Each exchange in flight adds a listener.
    session.setMaxListeners(0);
    session.on('error', () => session.destroy());
    session.setTimeout(IDLE_MS, () => session.close());
    this.#session = session;
    return session;
  }
}
