/** The meanings of the exit status for scripts, and how an error becomes one. */
import { CommanderError } from 'commander';
import { ConfigError, describeProblem, GatewayError } from '../report/errors.ts';
import type { Terminal } from './terminal.ts';

export const EXIT = {
  ok: 0,
  /** The answer is no, or the command failed. */
  no: 1,
  /** The command line, the configuration or the policy is wrong. */
  usage: 2,
  unreachable: 3,
} as const;

/** Prints what went wrong, with `verbose` also the stack and the causes, and returns the exit status. */
export function reportError(error: unknown, terminal: Terminal, verbose: boolean): number {
  // Commander has already printed what is wrong; a request for help is not an error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof ConfigError) {
    for (const problem of error.problems) terminal.complain(describeProblem(problem));
    return EXIT.usage;
  }
  const message = error instanceof Error ? error.message : String(error);
  terminal.complain(`syngate: ${message}`);
  if (verbose) terminal.complain(describeCauses(error));
  return statusOf(error);
}

function statusOf(error: unknown): number {
  if (!(error instanceof GatewayError)) return EXIT.no;
  if (error.code === 'EUNREACHABLE') return EXIT.unreachable;
  return error.code === 'EREFUSED' ? EXIT.usage : EXIT.no;
}

function describeCauses(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const own = error.stack ?? error.message;
  return error.cause === undefined
    ? own
    : `${own}\ncaused by: ${describeCauses(error.cause) || String(error.cause)}`;
}
