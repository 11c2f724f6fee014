/**
 * One client's TCP connection (RFC 7766): queries may be pipelined (section 6.2.1.1) and are answered as the answers become
 * available (section 7). It is closed when it has been idle for a while, when a query does not arrive whole in that time,
 * and when the client does not take its answers; while a client takes them slowly, no more of its queries are read.
 */
import type { Socket } from 'node:net';
import type { Address } from '../../wire/address.ts';
import { FrameReader, frameMessage } from '../../wire/dns/frame-reader.ts';
import type { Admission } from './admission.ts';
import type { QueryTurns } from './query-turns.ts';

/** Larger than any query with a sane set of EDNS options. Chosen by us. */
const MAX_QUERY_BYTES = 4096;
/** Queries of one connection in flight; beyond that, nothing is read from it until one is answered. Chosen by us. */
const MAX_UNDER_WAY = 64;

export interface TcpConnectionOptions {
  readonly admission: Admission;
  readonly turns: QueryTurns;
  readonly idleMs: number;
  /** Called when a query has come. */
  readonly onQuery: () => void;
}

export class TcpConnection {
  readonly #socket: Socket;
  readonly #client: Address;
  readonly #admission: Admission;
  readonly #turns: QueryTurns;
  readonly #idleMs: number;
  readonly #reader = new FrameReader(MAX_QUERY_BYTES);
  /** Queries that were read and not started yet: at most those of one read. */
  readonly #waiting: Uint8Array[] = [];
  readonly #onQuery: () => void;
  #underWay = 0;
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
    // A client may close its side first and still wants its answers.
    socket.on('end', () => {
      this.#ended = true;
      this.#endIfDone();
    });
    this.#restartTimer();
  }

  /** Whether closing it loses nothing: no query is unanswered. */
  get isIdle(): boolean {
    return this.#underWay === 0 && this.#waiting.length === 0;
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
    // Single bytes of one query do not keep the connection open; a whole query does.
    if (messages.length > 0 || !wasPartial) this.#restartTimer();
    if (messages.length > 0) this.#onQuery();
    this.#waiting.push(...messages);
    this.#answerWaiting();
  }

  #answerWaiting(): void {
    while (this.#underWay < MAX_UNDER_WAY && !this.#socket.writableNeedDrain) {
      const message = this.#waiting.shift();
      if (message === undefined) break;
      void this.#answer(message);
    }
    if (this.#waiting.length > 0) this.#socket.pause();
    else this.#socket.resume();
  }

  async #answer(bytes: Uint8Array): Promise<void> {
    this.#underWay++;
    await this.#turns.next(this.#client);
    if (this.#socket.destroyed) return;
    const reply = await this.#admission.answer({ bytes, client: this.#client, transport: 'tcp' });
    this.#underWay--;
    if (this.#socket.destroyed) return;
    // No DNS client sends what deserves no answer.
    if (reply === undefined) {
      this.#socket.destroy();
      return;
    }
    this.#socket.write(frameMessage(reply.bytes));
    if (this.#underWay === 0 && !this.#reader.isPartial) this.#restartTimer();
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
    if (this.#underWay > 0 && !this.#reader.isPartial) this.#restartTimer();
    else this.#socket.destroy();
  }
}
