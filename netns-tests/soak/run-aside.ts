/** Commands inside the lab that do not hold up the soak's own process. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { type CommandOptions, type CommandResult, inside, labEnvironment } from '../lab/command.ts';
import type { Host, Lab } from '../lab/topology.ts';

/** Starts a command inside a host, with pipes for all it reads and says. */
export function startAside(lab: Lab, host: Host, command: readonly string[]): ChildProcessWithoutNullStreams {
  const [file = '', ...rest] = inside(lab, host, command);
  return spawn(file, rest, { stdio: 'pipe', env: labEnvironment() });
}

/** The outcome of a command, whatever it is; a signal or a time-out counts as status 128. */
export async function runAside(
  lab: Lab,
  host: Host,
  command: readonly string[],
  { input = '', timeoutMs }: CommandOptions = {},
): Promise<CommandResult> {
  const child = startAside(lab, host, command);
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  child.stdin.on('error', () => undefined).end(input);
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject).on('close', (status) => resolve(status ?? 128));
  });
  const [status, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  clearTimeout(timer);
  return { status, stdout, stderr };
}
