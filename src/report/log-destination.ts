/**
 * A file, or standard error, to which log lines are appended asynchronously. Failures are emitted as events (`error`, `drop`)
 * that need no listener. Works around one behaviour of pino's own destination: at the end of the process it retries writing
 * what is left until that succeeds, which on a full disk is for ever (FL-31).
 */
import pino from 'pino';

export type LogDestination = ReturnType<typeof pino.destination>;

export interface LogDestinationOptions {
  /** A path, or a file descriptor. */
  readonly dest: string | number;
  /** Maximum bytes that wait to be written; further lines are dropped. */
  readonly maxLength: number;
  /** Minimum bytes per write, and milliseconds after which less is written. Default: writes at once. */
  readonly minLength?: number;
  readonly periodicFlush?: number;
  /** Permissions of a new file. */
  readonly mode?: number;
}

/** Throws the file system's error if the file cannot be opened. */
export function openLogDestination(options: LogDestinationOptions): LogDestination {
  const destination = pino.destination({ ...options, sync: false });
  let isStuck = false;
  destination.on('error', () => {
    isStuck = true;
  });
  destination.on('write', () => {
    isStuck = false;
  });
  const flushSync = destination.flushSync.bind(destination);
  destination.flushSync = () => {
    if (!isStuck) flushSync();
  };
  return destination;
}
