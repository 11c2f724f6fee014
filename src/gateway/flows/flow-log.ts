/**
 * The flow log (RFC 6888 REQ-12 to REQ-15, rows G12 to G15): a file of JSON lines, written asynchronously. A full or slow
 * disk costs lines, which are counted, and delays nothing.
 */
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { GatewayError } from '../../report/errors.ts';
import { type LogDestination, openLogDestination } from '../../report/log-destination.ts';
import type { FlowLogConfig } from '../config/config.ts';
import { acknowledgeBatch, type FlowBatch } from '../datapath/reports/flow-recorder.ts';
import { describeFlowEvent } from '../views/describe-flow-event.ts';
import type { FlowSurroundings } from '../views/describe-flows.ts';

/** Chosen by us. Characters: written when there are so many, or after a second; kept at most when the disk does not take them. */
const WRITE_AT = 8_192;
const FLUSH_MS = 1_000;
const MOST_KEPT = 16_777_216;
/** Who a client is and where it went is nobody else's business. */
const MODE = 0o640;
const COMPLAIN_MS = 60_000;
/** Chosen by us: how long the end of the gateway waits for a disk that takes nothing. */
const STUCK_MS = 2_000;
/** Chosen by us: lines made before the control thread turns to something else, some 2 ms. */
const AT_ONCE = 256;

export class FlowLog {
  /** Of all workers: see `FlowRecorder`. */
  readonly underWay = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  #made = 0;
  #isClosing = false;
  #lost = 0;
  #complainedAt = Number.NEGATIVE_INFINITY;
  readonly #waiting: Waiting[] = [];
  readonly #config: FlowLogConfig;
  readonly #log: Logger;
  readonly #file: LogDestination;

  /** Throws GatewayError when the file cannot be opened. */
  constructor(config: FlowLogConfig, log: Logger) {
    this.#config = config;
    this.#log = log;
    tryOpening(config.path);
    this.#file = openLogDestination({
      dest: config.path,
      mode: MODE,
      minLength: WRITE_AT,
      maxLength: MOST_KEPT,
      periodicFlush: FLUSH_MS,
    });
    this.#file.on('drop', () => {
      this.#lost++;
    });
    this.#file.on('error', (error) => this.#complain(error));
  }

  get path(): string {
    return this.#config.path;
  }

  /** Whether it has a line when a flow begins, too. */
  get starts(): boolean {
    return this.#config.starts;
  }

  /** Lines that were made, those that were lost not counted. */
  get written(): number {
    return this.#made - this.#lost;
  }

  get lost(): number {
    return this.#lost;
  }

  /** Writes a worker's events, bit by bit. */
  take(batch: FlowBatch, surroundings: FlowSurroundings): void {
    this.#waiting.push({ batch, surroundings, next: 0 });
    if (this.#waiting.length === 1) setImmediate(() => this.#work());
  }

  /** Goes on in a new file of the same name, when the old one has been renamed. */
  reopen(): void {
    this.#file.reopen();
  }

  /** Resolves when all is written, or cannot be. Every flow that lived has a line now: they wait for the disk. */
  async close(): Promise<void> {
    this.#isClosing = true;
    let isTaken = true;
    while (this.#waiting.length > 0 && isTaken) isTaken = this.#writeSome() || (await this.#drained());
    for (const { batch, next } of this.#waiting.splice(0)) this.#lost += batch.events.length - next;
    const ended = new Promise<void>((resolve) => {
      this.#file.once('close', () => resolve());
      this.#file.once('error', () => resolve());
      this.#file.end();
    });
    await Promise.race([ended, sleep(STUCK_MS, undefined, { ref: false })]);
  }

  #work(): void {
    if (this.#isClosing) return;
    this.#writeSome();
    if (this.#waiting.length > 0) setImmediate(() => this.#work());
  }

  /** False while the disk is behind. */
  #writeSome(): boolean {
    const [first] = this.#waiting;
    if (first === undefined) return true;
    const { batch, surroundings } = first;
    const end = Math.min(first.next + AT_ONCE, batch.events.length);
    let isTaken = true;
    for (; first.next < end; first.next++) {
      this.#made++;
      isTaken = this.#file.write(`${JSON.stringify(describeFlowEvent(batch, first.next, surroundings))}\n`);
    }
    if (first.next < batch.events.length) return isTaken;
    this.#waiting.shift();
    acknowledgeBatch(this.underWay);
    return isTaken;
  }

  /** Resolves when the disk has taken what was written; false when it does not. */
  async #drained(): Promise<boolean> {
    const drained = new Promise<boolean>((resolve) => this.#file.once('drain', () => resolve(true)));
    return Promise.race([drained, sleep(STUCK_MS, false, { ref: false })]);
  }

  #complain(error: Error): void {
    const now = Date.now();
    if (now - this.#complainedAt < COMPLAIN_MS) return;
    this.#complainedAt = now;
    this.#log.error(error, `cannot write the log of flows to ${this.#config.path}`);
  }
}

interface Waiting {
  readonly batch: FlowBatch;
  readonly surroundings: FlowSurroundings;
  /** The event to be written next. */
  next: number;
}

function tryOpening(file: string): void {
  try {
    closeSync(openSync(file, 'a', MODE));
  } catch (cause) {
    throw new GatewayError('EFILE', `Cannot write the log of flows to ${file}: ${describe(cause)}`, {
      cause,
    });
  }
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
