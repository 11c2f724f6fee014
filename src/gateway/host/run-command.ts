/** Runs the tools that change the host, `ip` and `nft`: without a shell, and with their error output in the error. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { GatewayError } from '../../report/errors.ts';

/** Debian keeps both in sbin, which is not on every PATH. */
const SEARCH_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

export interface CommandOptions {
  /** For its standard input. */
  readonly input?: string;
  /** Beside PATH and LC_ALL. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What the command printed; throws GatewayError EHOST when it cannot be started or ends with another status than 0. */
export async function runCommand(
  command: readonly string[],
  { input = '', environment = {} }: CommandOptions = {},
): Promise<string> {
  const [program = '', ...options] = command;
  const shown = `"${command.join(' ')}"`;
  const child = spawn(program, options, {
    env: { ...environment, PATH: SEARCH_PATH, LC_ALL: 'C' },
    stdio: 'pipe',
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // A program that ends before it has read its input is judged by its status, not by the broken pipe.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  try {
    const [status, output, complaint] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    if (status === 0) return output;
    throw new GatewayError('EHOST', `Cannot run ${shown}: ${complaint.trim() || `exit status ${status}`}`);
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    throw new GatewayError('EHOST', `Cannot run ${shown}: ${detail}`, { cause: error });
  }
}

/** One after the other; the first that fails ends it. */
export async function runCommands(commands: ReadonlyArray<readonly string[]>): Promise<void> {
  for (const command of commands) await runCommand(command);
}

/** What `ip -j …` printed, as values; an empty answer is an empty list. */
export async function runIpJson(...options: readonly string[]): Promise<unknown> {
  const output = await runCommand(['ip', '-j', ...options]);
  return output.trim() === '' ? [] : JSON.parse(output);
}
