/** Transfers of alice, one after the other: TCP both ways and QUIC, each compared byte for byte. */
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Draw } from '../../test/support/draw.ts';
import { deterministicBytes, deterministicDigest } from '../lab/deterministic-bytes.ts';
import type { Lab } from '../lab/topology.ts';
import { planDownload, startQuicServer } from '../support/quic.ts';
import { Transfer } from '../support/transfer.ts';
import type { Attempt } from './judge-load.ts';
import { runAside } from './run-aside.ts';

const BYTES = 8_000_000;
const QUIC_BYTES = 1_000_000;
/** Bytes a second: modest, so that a transfer is often under way when something happens. */
const RATE = ['--limit-rate', '4M'] as const;
const PAUSE_MS = 1_000;

/** Repeats until told to stop; every transfer becomes an attempt. */
export class Transfers {
  readonly #lab: Lab;
  readonly #draw: Draw;
  readonly #onAttempt: (attempt: Attempt) => void;
  readonly #digest = deterministicDigest(BYTES);
  readonly #file: string;
  readonly #quicFile = randomBytes(QUIC_BYTES);
  #isStopping = false;
  #running: Promise<void> = Promise.resolve();

  constructor(lab: Lab, draw: Draw, onAttempt: (attempt: Attempt) => void) {
    this.#lab = lab;
    this.#draw = draw;
    this.#onAttempt = onAttempt;
    this.#file = path.join(lab.directory, 'soak-upload');
    writeFileSync(this.#file, Buffer.concat([...deterministicBytes(BYTES)]));
  }

  async start(): Promise<void> {
    await startQuicServer(this.#lab, this.#quicFile);
    this.#running = this.#repeat();
  }

  /** Resolves when the last transfer has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }

  async #repeat(): Promise<void> {
    const kinds = [
      ['download', () => this.#download()],
      ['upload', () => this.#upload()],
      ['QUIC download', () => this.#downloadOverQuic()],
    ] as const;
    while (!this.#isStopping) {
      for (const [kind, act] of kinds) {
        const from = Date.now();
        const failure = await act().catch((error: Error) => error.message);
        const attempt = { kind, from, to: Date.now() };
        this.#onAttempt(failure === undefined ? attempt : { ...attempt, failure });
        await sleep(PAUSE_MS);
      }
    }
  }

  /** Why it failed, or undefined. */
  async #download(): Promise<string | undefined> {
    const url = `https://shop.example.com/bytes/${BYTES}`;
    const command = ['curl', '-sS', this.#family(), '-m', '60', ...RATE, url];
    const transfer = new Transfer(this.#lab, 'alice', command);
    const status = await transfer.ended;
    if (status !== 0) return `curl ended with status ${status} after ${transfer.received} bytes`;
    return transfer.digest() === this.#digest ? undefined : 'other bytes came than were sent';
  }

  async #upload(): Promise<string | undefined> {
    const url = 'http://partner.example.net/echo';
    const command = [
      'curl',
      '-sS',
      this.#family(),
      '-m',
      '60',
      ...RATE,
      '--data-binary',
      `@${this.#file}`,
      url,
    ];
    const { status, stdout, stderr } = await runAside(this.#lab, 'alice', command);
    if (status !== 0) return stderr.trim();
    return stdout.includes(this.#digest) ? undefined : `other bytes came than were sent: ${stdout.trim()}`;
  }

  async #downloadOverQuic(): Promise<string | undefined> {
    const plan = planDownload();
    const { status, stderr } = await runAside(this.#lab, 'alice', plan.command, { timeoutMs: 60_000 });
    if (status !== 0) return `gtlsclient ended with status ${status}: ${stderr.trim().split('\n').at(-1)}`;
    const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    return digest(plan.take()) === digest(this.#quicFile) ? undefined : 'other bytes came than were sent';
  }

  #family(): '-4' | '-6' {
    return this.#draw.one(['-4', '-6'] as const);
  }
}
