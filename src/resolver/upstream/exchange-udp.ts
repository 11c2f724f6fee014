/**
 * One query and its reply over UDP, from a socket of its own: the kernel gives it a random port (RFC 5452 section 9.2)
 * and, as it is connected, passes on nothing but datagrams of the upstream's address and port.
 */
import { createSocket } from 'node:dgram';
import { familyOf, formatAddress } from '../../wire/address.ts';
import type { Message } from '../../wire/dns/message.ts';
import type { UpstreamServer } from '../resolver-options.ts';
import { matchReply, type SentQuery } from './sent-query.ts';

/** More wrong replies than this are an attack on the id, to which TCP is immune. Chosen by us. */
const MAX_MISMATCHES = 16;

export interface ExchangeOptions {
  /** Ends the exchange; the promise rejects with its reason. */
  readonly signal: AbortSignal;
  /** Called for each datagram that was not the reply. */
  readonly onMismatch: () => void;
}

/** The reply, or `truncated` when it is to be fetched over TCP. Rejects when the network refuses or the signal says so. */
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
    // A server that lower-cases or no longer gives cookies, or a spoofer that has guessed everything else.
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
    // Errors may still arrive between here and the close.
    socket.removeAllListeners('message').close();
  });
}
