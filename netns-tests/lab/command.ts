/** Runs commands for the lab: on the machine, or inside one of its namespaces. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Host, Lab } from './topology.ts';

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** Settings of the machine's user that would lead a lab program out of the lab or away from its certificates. */
const FOREIGN_VARIABLES = /^(https?_proxy|all_proxy|no_proxy|ftp_proxy|NODE_EXTRA_CA_CERTS|SSH_AUTH_SOCK)$/i;

/** Standard output of a command that must succeed. */
export function run(command: readonly string[], options: CommandOptions = {}): string {
  const result = tryRun(command, options);
  if (result.status !== 0) {
    throw new Error(
      `Cannot run '${command.join(' ')}': exit status ${result.status}: ${result.stderr.trim() || result.stdout.trim()}`,
    );
  }
  return result.stdout;
}

/** The outcome of a command, whatever it is; a signal or time-out counts as status 128. */
export function tryRun(command: readonly string[], options: CommandOptions = {}): CommandResult {
  const [file = '', ...rest] = command;
  const child = spawnSync(file, rest, {
    encoding: 'utf8',
    env: labEnvironment(),
    maxBuffer: 256 * 1024 * 1024,
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
  });
  if (child.error !== undefined && child.pid === 0) {
    throw new Error(`Cannot run '${file}': ${child.error.message}`, { cause: child.error });
  }
  return { status: child.status ?? 128, stdout: child.stdout ?? '', stderr: child.stderr ?? '' };
}

/** The command line that runs a command inside a host of the lab. */
export function inside(lab: Lab, host: Host, command: readonly string[]): string[] {
  return ['ip', 'netns', 'exec', lab.namespaces[host], ...command];
}

export function runIn(
  lab: Lab,
  host: Host,
  command: readonly string[],
  options: CommandOptions = {},
): string {
  return run(inside(lab, host, command), options);
}

export function tryRunIn(
  lab: Lab,
  host: Host,
  command: readonly string[],
  options: CommandOptions = {},
): CommandResult {
  return tryRun(inside(lab, host, command), options);
}

/** Starts a command that outlives us, its output appended to a file; answers with its pid. */
export function startDetached(command: readonly string[], logFile: string): number {
  const [file = '', ...rest] = command;
  const log = openSync(logFile, 'a');
  try {
    const child = spawn(file, rest, {
      detached: true,
      stdio: ['ignore', log, log],
      env: labEnvironment(),
      cwd: '/',
    });
    if (child.pid === undefined) throw new Error(`Cannot start '${command.join(' ')}': see ${logFile}`);
    child.unref();
    return child.pid;
  } finally {
    closeSync(log);
  }
}

/** The environment without proxies and the like. */
export function labEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN_VARIABLES.test(name)));
}
