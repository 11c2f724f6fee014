/** Starts the liar in sg-net, and tells what it was asked. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { inside, runIn, startDetached } from '../lab/command.ts';
import { type Lab, ROOT } from '../lab/topology.ts';
import { waitUntil } from '../lab/wait.ts';
import { LIAR, type LiarAsked } from './liar.ts';

const NODE = path.join(ROOT, 'node_modules/.bin/node');
const PROGRAM = path.join(import.meta.dirname, 'liar.ts');
const READY_WITHIN_MS = 10_000;

export class Liar {
  readonly #log: string;

  /** Resolves when it answers; it ends with the lab. */
  static async start(lab: Lab): Promise<Liar> {
    for (const address of [LIAR.address, LIAR.otherAddress])
      runIn(lab, 'net', ['ip', 'address', 'add', `${address}/32`, 'dev', 'lo']);
    const log = path.join(lab.directory, 'liar.log');
    startDetached(inside(lab, 'net', [NODE, PROGRAM]), log);
    await waitUntil(
      () => readFileSync(log, 'utf8').includes('ready'),
      READY_WITHIN_MS,
      () => `the liar does not answer: ${readFileSync(log, 'utf8')}`,
    );
    return new Liar(log);
  }

  private constructor(log: string) {
    this.#log = log;
  }

  /** The questions about the name and those below it, oldest first. */
  asked(name: string): LiarAsked[] {
    const lines = readFileSync(this.#log, 'utf8').split('\n');
    const all = lines.filter((line) => line.startsWith('{')).map((line): LiarAsked => JSON.parse(line));
    return all.filter((asked) => isWithin(asked.name.toLowerCase(), name));
  }
}

function isWithin(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}
