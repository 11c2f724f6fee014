/** Exchanges one query and reply over a TCP connection of its own (RFC 7766), for replies that do not fit a datagram. */
import { connect } from 'node:net';
import { formatAddress } from '../../wire/address.ts';
import { FrameReader, frameMessage } from '../../wire/dns/frame-reader.ts';
import type { Message } from '../../wire/dns/message.ts';
import type { UpstreamServer } from '../resolver-options.ts';
import { matchReply, type SentQuery } from './sent-query.ts';

const MAX_MESSAGE_BYTES = 0xffff;

/** Rejects if the connection fails or ends early, if the reply is malformed or not ours, or if the signal aborts. */
export function exchangeTcp(server: UpstreamServer, query: SentQuery, signal: AbortSignal): Promise<Message> {
  const { promise, resolve, reject } = Promise.withResolvers<Message>();
  const socket = connect({ host: formatAddress(server.address), port: server.port, noDelay: true });
  const reader = new FrameReader(MAX_MESSAGE_BYTES);
  const abort = () => reject(signal.reason);
  socket.on('error', reject);
  socket.on('close', () => reject(new Error('Cannot read reply: the upstream closed the connection')));
  socket.on('connect', () => socket.write(frameMessage(query.bytes)));
  socket.on('data', (chunk) => {
    const messages = reader.read(chunk);
    const first = messages === 'too-long' ? undefined : messages[0];
    if (first === undefined) return;
    const reply = matchReply(first, query);
    if (typeof reply === 'string') reject(new Error(`Cannot read reply over TCP: it is ${reply}`));
    else resolve(reply);
  });
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  return promise.finally(() => {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  });
}
