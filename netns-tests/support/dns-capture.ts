/** What the gateway says in clear text to name servers: tcpdump on its uplink. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { inside, startDetached } from '../lab/command.ts';
import type { Lab } from '../lab/topology.ts';
import { waitUntil } from '../lab/wait.ts';
import { dig } from './clients.ts';

const WITHIN_MS = 10_000;

export class DnsCapture {
  readonly #lab: Lab;
  readonly #log: string;
  #marks = 0;

  /** Resolves when nothing is missed any more. It ends with the lab. */
  static async start(lab: Lab): Promise<DnsCapture> {
    const log = path.join(lab.directory, 'capture.log');
    startDetached(inside(lab, 'gw', ['tcpdump', '-l', '-n', '-i', 'wan0', 'port', '53']), log);
    await waitUntil(
      () => readFileSync(log, 'utf8').includes('listening on'),
      WITHIN_MS,
      () => `tcpdump does not listen: ${readFileSync(log, 'utf8')}`,
    );
    return new DnsCapture(lab, log);
  }

  private constructor(lab: Lab, log: string) {
    this.#lab = lab;
    this.#log = log;
  }

  /** Everything so far, one line a packet: a question of our own has shown up behind it. */
  async read(): Promise<string[]> {
    const mark = `mark${this.#marks++}.many.example.com`;
    dig(this.#lab, 'bob', mark, 'A');
    const lines = () => readFileSync(this.#log, 'utf8').split('\n');
    await waitUntil(
      () => lines().some((line) => line.includes(mark)),
      WITHIN_MS,
      () => `the question for ${mark} was not captured`,
    );
    return lines().filter((line) => line.includes(' > '));
  }
}
