/** Runs the command line in this process and keeps what it printed. */
import { createColors } from 'picocolors';
import { runCommandLine } from '../../src/cli/run-command-line.ts';

export interface Outcome {
  readonly status: number;
  readonly output: string;
  readonly complaints: string;
}

/** `isScreen`: with the colours of a terminal. */
export async function runCli(
  words: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  isScreen = false,
): Promise<Outcome> {
  const output: string[] = [];
  const complaints: string[] = [];
  const terminal = {
    print: (line: string) => void output.push(line),
    complain: (line: string) => void complaints.push(line),
    clear: () => void output.push('(clear)'),
    colors: createColors(isScreen),
  };
  const status = await runCommandLine(words, terminal, environment);
  return { status, output: output.join('\n'), complaints: complaints.join('\n') };
}
