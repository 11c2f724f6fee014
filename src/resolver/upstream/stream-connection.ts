/** A TLS connection with many queries in flight, whose replies are matched by id (RFC 7766 sections 6.2.1.1 and 7). */
import type { TLSSocket } from 'node:tls';
import { FrameReader, frameMessage } from '../../wire/dns/frame-reader.ts';
import { HEADER_BYTES } from '../../wire/dns/header.ts';
import type { Message } from '../../wire/dns/message.ts';
import { matchReply, type SentQuery } from './sent-query.ts';

/** The connection ended before the reply came. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

const MAX_MESSAGE_BYTES = 0xffff;
/** How long an idle connection is kept open; the server may close it earlier. Chosen by us. */
const IDLE_MS = 10_000;
/** A connection is abandoned after this long without data while a reply is outstanding. Chosen by us. */
const STUCK_MS = 1500;

interface Waiting {
  readonly query: SentQuery;
  readonly resolve: (reply: Message) => void;
  readonly reject: (error: unknown) => void;
}

export class StreamConnection {
  readonly #socket: TLSSocket;
  readonly #reader = new FrameReader(MAX_MESSAGE_BYTES);
  readonly #waiting = new Map<number, Waiting>();
  readonly #idle: NodeJS.Timeout;
  #lastReceivedMs = performance.now();

  /** Takes over a socket that is being opened. */
  constructor(socket: TLSSocket) {
    this.#socket = socket;
    this.#idle = setTimeout(() => this.#closeIfIdle(), IDLE_MS);
    let reason: Error | undefined;
    socket.on('secureConnect', () => this.#noteReceipt());
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', (error) => {
      reason = error;
    });
    // After a half-close the server sends no further answers.
    socket.on('end', () => socket.destroy());
    socket.on('close', () => this.#end(reason));
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  /** Whether a query with this id is in flight. */
  isTaken(id: number): boolean {
    return this.#waiting.has(id);
  }

  /** Rejects with ConnectionLost, with the error that prevented the connection, or with the signal's reason. */
  ask(query: SentQuery, signal: AbortSignal): Promise<Message> {
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    const sentMs = performance.now();
    const abort = () => {
      reject(signal.reason);
      if (performance.now() - Math.max(sentMs, this.#lastReceivedMs) >= STUCK_MS) this.#socket.destroy();
    };
    this.#waiting.set(query.id, { query, resolve, reject });
    this.#socket.write(frameMessage(query.bytes));
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    return promise.finally(() => {
      signal.removeEventListener('abort', abort);
      this.#waiting.delete(query.id);
      this.#idle.refresh();
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Uint8Array): void {
    this.#noteReceipt();
    const messages = this.#reader.read(chunk);
    if (messages === 'too-long') {
      this.#socket.destroy();
      return;
    }
    for (const message of messages) this.#take(message);
  }

  /** Late and unsolicited replies are ignored. */
  #take(message: Uint8Array): void {
    if (message.length < HEADER_BYTES) return;
    const waiting = this.#waiting.get(((message[0] ?? 0) << 8) | (message[1] ?? 0));
    const reply = waiting === undefined ? 'mismatch' : matchReply(message, waiting.query);
    if (waiting === undefined || reply === 'mismatch' || reply === 'unproven') return;
    if (typeof reply === 'string') waiting.reject(new Error(`Cannot read reply over TLS: it is ${reply}`));
    else waiting.resolve(reply);
  }

  #noteReceipt(): void {
    this.#lastReceivedMs = performance.now();
  }

  #closeIfIdle(): void {
    if (this.#waiting.size === 0) this.#socket.destroy();
    else this.#idle.refresh();
  }

  #end(reason: Error | undefined): void {
    clearTimeout(this.#idle);
    const error = reason ?? new ConnectionLost('Cannot read reply: the upstream closed the connection');
    for (const { reject } of this.#waiting.values()) reject(error);
  }
}
