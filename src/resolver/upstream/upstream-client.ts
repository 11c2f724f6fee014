/** A client for one upstream: plain DNS, DNS over TLS or DNS over HTTPS, each with the same two methods. */
import type { Message } from '../../wire/dns/message.ts';
import type { UpstreamServer } from '../resolver-options.ts';
import type { ClientOptions } from './client-options.ts';
import { HttpsClient } from './https-client.ts';
import { PlainClient } from './plain-client.ts';
import type { UpstreamQuestion } from './sent-query.ts';
import { TlsClient } from './tls-client.ts';

export interface UpstreamClient {
  /** The reply, with any rcode. Rejects if there is no trustworthy reply, or if `signal` aborts. */
  exchange(question: UpstreamQuestion, signal: AbortSignal): Promise<Message>;
  /** Closes open connections; exchanges in flight reject. */
  close(): void;
}

/** A server configured with an encrypted transport is never queried in the clear (RFC 8310 section 5). */
export function makeUpstreamClient(server: UpstreamServer, options: ClientOptions): UpstreamClient {
  switch (server.transport?.kind) {
    case 'tls':
      return new TlsClient({ ...server, ...server.transport }, options);
    case 'https':
      return new HttpsClient({ ...server, ...server.transport }, options);
    default:
      return new PlainClient(server, options);
  }
}
