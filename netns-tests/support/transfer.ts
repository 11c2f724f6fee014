/** A transfer of a client that runs beside the test, so that something may happen in its middle. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { inside, labEnvironment } from '../lab/command.ts';
import type { Lab } from '../lab/topology.ts';
import type { Client } from './clients.ts';

export class Transfer {
  #received = 0;
  readonly #hash = createHash('sha256');
  /** The exit status of the client's program. */
  readonly ended: Promise<number>;

  /** Starts a program on a client's machine; what it prints is what it transfers. */
  constructor(lab: Lab, client: Client, command: readonly string[]) {
    const [file = '', ...rest] = inside(lab, client, command);
    const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'ignore'], env: labEnvironment() });
    this.ended = once(child, 'close').then(([status]) => Number(status ?? 128));
    child.stdout.on('data', (chunk: Buffer) => {
      this.#received += chunk.length;
      this.#hash.update(chunk);
    });
  }

  /** Bytes so far. */
  get received(): number {
    return this.#received;
  }

  /** SHA-256 of everything received, in hexadecimal; once, after the end. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}
