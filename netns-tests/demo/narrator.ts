/** Tells the demo: headings, the commands as typed with what they printed, and claims that are checked as they are made. */
import pc from 'picocolors';
import { tryRunIn } from '../lab/command.ts';
import type { Host, Lab } from '../lab/topology.ts';

export class Narrator {
  readonly #lab: Lab;
  #held = 0;
  readonly #broken: string[] = [];

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  get held(): number {
    return this.#held;
  }

  /** The claims that did not hold. */
  get broken(): readonly string[] {
    return this.#broken;
  }

  heading(text: string): void {
    console.log(`\n${pc.bold(text)}`);
  }

  say(text: string): void {
    console.log(text);
  }

  /** Runs a command on a host, prints both it and its output, and gives the output back. */
  show(host: Host, command: readonly string[]): string {
    const { stdout, stderr } = tryRunIn(this.#lab, host, command);
    console.log(pc.dim(`  ${host}$ ${command.map(quote).join(' ')}`));
    const output = (stdout + stderr).trimEnd();
    if (output !== '') console.log(output.replace(/^/gm, '    '));
    return stdout.trim();
  }

  /** Says a sentence and whether it is true. */
  claim(sentence: string, holds: boolean): void {
    if (holds) this.#held++;
    else this.#broken.push(sentence);
    console.log(holds ? pc.green(`  ✓ ${sentence}`) : pc.red(`  ✗ ${sentence}`));
  }
}

function quote(word: string): string {
  return /^[\w@%+=:,./[\]{}-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
