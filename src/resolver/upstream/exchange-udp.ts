/**
 * Exchanges one query and reply over UDP from a socket of its own: the kernel assigns it a random port (RFC 5452 section 9.2)
 * and, since the socket is connected, delivers only datagrams from the upstream's address and port.
 */
import { createSocket } from 'node:dgram';
import { familyOf, formatAddress } from '../../wire/address.ts';
import type { Message } from '../../wire/dns/message.ts';
import type { UpstreamServer } from '../resolver-options.ts';
import { matchReply, type SentQuery } from './sent-query.ts';

/** More wrong replies than this indicate an attack on the id, so the query is repeated over TCP. Chosen by us. */
const MAX_MISMATCHES = 16;

export interface ExchangeOptions {
  /** Ends the exchange; the promise rejects with its reason. */
  readonly signal: AbortSignal;
  /** Called for each datagram that was not the reply. */
  readonly onMismatch: () => void;
}

/** The reply, or `truncated` if it must be fetched over TCP. Rejects on a network error or if the signal aborts. */
export function exchangeUdp(
  server: UpstreamServer,
  query: SentQuery,
  { signal, onMismatch }: ExchangeOptions,
): Promise<Message | 'truncated'> {
  const { promise, resolve, reject } = Promise.withResolvers<Message | 'truncated'>();
  const socket = createSocket(familyOf(server.address) === 4 ? 'udp4' : 'udp6');
  const abort = () => reject(signal.reason);
  let mismatches = 0;
  socket.on('error', reject);
  socket.on('message', (bytes) => {
    const reply = matchReply(bytes, query);
    if (reply === 'malformed') return reject(new Error('Cannot read reply: it is malformed'));
    if (reply !== 'mismatch' && reply !== 'unproven') return resolve(reply);
    onMismatch();
    // Either a server that lower-cases names or no longer sends cookies, or a spoofer who guessed everything else.
    if (reply === 'unproven') return resolve('truncated');
    mismatches++;
    if (mismatches >= MAX_MISMATCHES) resolve('truncated');
  });
  // Without a route (ENETUNREACH), Node calls the same function with the error.
  const onConnect = (error?: Error) => (error === undefined ? socket.send(query.bytes) : reject(error));
  socket.connect(server.port, formatAddress(server.address), onConnect);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  return promise.finally(() => {
    signal.removeEventListener('abort', abort);
    // The error listener stays: errors may still arrive before the socket is closed.
    socket.removeAllListeners('message').close();
  });
}
