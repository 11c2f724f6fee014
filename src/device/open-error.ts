/** Turns a failure of the addon to open something into an error for people. */
import { getSystemErrorMap } from 'node:util';

import { GatewayError } from '../report/errors.ts';

/** `action` completes "Cannot …". EBUSY keeps its own code: another gateway may hold the device. */
export function describeOpenError(action: string, cause: unknown): GatewayError {
  const errno = errnoOf(cause);
  const code = errno !== undefined && errnoName(errno) === 'EBUSY' ? 'EBUSY' : 'EDEVICE';
  const state = errno === undefined ? String(cause) : `${messageOf(cause)} (${errnoName(errno)})`;
  return new GatewayError(code, `Cannot ${action}: ${state}`, { cause });
}

/** The symbol of a positive errno, such as `EPERM`. */
export function errnoName(errno: number): string {
  return getSystemErrorMap().get(-errno)?.[0] ?? `errno ${errno}`;
}

function errnoOf(cause: unknown): number | undefined {
  if (!(cause instanceof Error) || !('errno' in cause)) return undefined;
  return typeof cause.errno === 'number' ? cause.errno : undefined;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
