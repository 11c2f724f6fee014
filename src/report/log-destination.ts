/**
 * A file, or standard error, that log lines are appended to without waiting for whoever takes them. Complaints are events
 * (`error`, `drop`); nobody has to listen. Made safe for what pino's own does not expect: what could not be written when
 * the process ends it tries to write until it can, which on a full disk is for ever (FL-31).
 */
import pino from 'pino';

export type LogDestination = ReturnType<typeof pino.destination>;

export interface LogDestinationOptions {
  /** A path, or a file descriptor. */
  readonly dest: string | number;
  /** Bytes; lines beyond are dropped while it takes none. */
  readonly maxLength: number;
  /** Bytes that a write should have, and milliseconds after which it is done with less. Default: no waiting. */
  readonly minLength?: number;
  readonly periodicFlush?: number;
  /** Permissions of a new file. */
  readonly mode?: number;
}

/** Throws the error of the file system when the file cannot be opened. */
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
