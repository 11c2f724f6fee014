/** The exit statuses, and the mapping of errors to them. */
import { CommanderError } from 'commander';
import { ConfigError, describeProblem, GatewayError } from '../report/errors.ts';
import type { Terminal } from './terminal.ts';

export const EXIT_STATUS = {
  ok: 0,
  /** The answer is no, or the command failed. */
  no: 1,
  /** The command line, the configuration or the policy is wrong. */
  usage: 2,
  unreachable: 3,
} as const;

/** Prints the error, with `verbose` also its stack and causes, and returns the exit status. */
export function reportError(error: unknown, terminal: Terminal, verbose: boolean): number {
  // Commander has already printed the error; a request for help is not an error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_STATUS.ok : EXIT_STATUS.usage;
  if (error instanceof ConfigError) {
    for (const problem of error.problems) terminal.complain(describeProblem(problem));
    return EXIT_STATUS.usage;
  }
  const message = error instanceof Error ? error.message : String(error);
  terminal.complain(`syngate: ${message}`);
  if (verbose) terminal.complain(describeCauses(error));
  return statusOf(error);
}

function statusOf(error: unknown): number {
  if (!(error instanceof GatewayError)) return EXIT_STATUS.no;
  if (error.code === 'EUNREACHABLE') return EXIT_STATUS.unreachable;
  return error.code === 'EREFUSED' ? EXIT_STATUS.usage : EXIT_STATUS.no;
}

function describeCauses(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const own = error.stack ?? error.message;
  return error.cause === undefined
    ? own
    : `${own}\ncaused by: ${describeCauses(error.cause) || String(error.cause)}`;
}
