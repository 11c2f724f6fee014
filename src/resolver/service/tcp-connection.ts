/**
 * One client's TCP connection (RFC 7766): queries may be pipelined (section 6.2.1.1) and are answered in any order (section 7).
 * The connection is closed when it is idle for too long, when a query does not arrive completely within that time, and when the
 * client does not read its answers. While a client reads slowly, no more of its queries are read.
 */
import type { Socket } from 'node:net';
import type { Address } from '../../wire/address.ts';
import { FrameReader, frameMessage } from '../../wire/dns/frame-reader.ts';
import type { Admission } from './admission.ts';
import type { QueryTurns } from './query-turns.ts';

/** More than any query with a sensible set of EDNS options has. Chosen by us. */
const MAX_QUERY_BYTES = 4096;
/** Maximum queries of one connection in flight: at this limit nothing is read from it. Chosen by us. */
const MAX_IN_FLIGHT = 64;

export interface TcpConnectionOptions {
  readonly admission: Admission;
  readonly turns: QueryTurns;
  readonly idleMs: number;
  /** Called when queries have been received. */
  readonly onQuery: () => void;
}

export class TcpConnection {
  readonly #socket: Socket;
  readonly #client: Address;
  readonly #admission: Admission;
  readonly #turns: QueryTurns;
  readonly #idleMs: number;
  readonly #reader = new FrameReader(MAX_QUERY_BYTES);
  /** Queries that were received but not yet started: at most those of one read. */
  readonly #waiting: Uint8Array[] = [];
  readonly #onQuery: () => void;
  #inFlight = 0;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;

  /** Serves the connection from now on. The socket must allow half-open connections. */
  constructor(socket: Socket, client: Address, options: TcpConnectionOptions) {
    const { admission, turns, idleMs, onQuery } = options;
    this.#socket = socket;
    this.#client = client;
    this.#admission = admission;
    this.#turns = turns;
    this.#idleMs = idleMs;
    this.#onQuery = onQuery;
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => clearTimeout(this.#timer));
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('drain', () => this.#answerWaiting());
    // After closing its own side, a client still expects its answers.
    socket.on('end', () => {
      this.#ended = true;
      this.#endIfDone();
    });
    this.#restartTimer();
  }

  /** Whether all queries have been answered. */
  get isIdle(): boolean {
    return this.#inFlight === 0 && this.#waiting.length === 0;
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Uint8Array): void {
    const wasPartial = this.#reader.isPartial;
    const messages = this.#reader.read(chunk);
    if (messages === 'too-long') {
      this.#socket.destroy();
      return;
    }
    // Only a complete query, or the beginning of one, restarts the timer: a slow trickle of bytes must not.
    if (messages.length > 0 || !wasPartial) this.#restartTimer();
    if (messages.length > 0) this.#onQuery();
    this.#waiting.push(...messages);
    this.#answerWaiting();
  }

  #answerWaiting(): void {
    while (this.#inFlight < MAX_IN_FLIGHT && !this.#socket.writableNeedDrain) {
      const message = this.#waiting.shift();
      if (message === undefined) break;
      void this.#answer(message);
    }
    if (this.#waiting.length > 0) this.#socket.pause();
    else this.#socket.resume();
  }

  async #answer(bytes: Uint8Array): Promise<void> {
    this.#inFlight++;
    await this.#turns.next(this.#client);
    if (this.#socket.destroyed) return;
    const reply = await this.#admission.answer({ bytes, client: this.#client, transport: 'tcp' });
    this.#inFlight--;
    if (this.#socket.destroyed) return;
    // Only a message that is not a query gets no reply, and no DNS client sends one.
    if (reply === undefined) {
      this.#socket.destroy();
      return;
    }
    this.#socket.write(frameMessage(reply.bytes));
    if (this.#inFlight === 0 && !this.#reader.isPartial) this.#restartTimer();
    this.#answerWaiting();
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (this.#ended && this.isIdle) this.#socket.end();
  }

  #restartTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#closeIfIdle(), this.#idleMs);
  }

  #closeIfIdle(): void {
    if (this.#inFlight > 0 && !this.#reader.isPartial) this.#restartTimer();
    else this.#socket.destroy();
  }
}
