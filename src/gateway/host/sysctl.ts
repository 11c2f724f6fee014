/** Kernel settings below /proc/sys, always those of this process's own network namespace. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { GatewayError } from '../../report/errors.ts';

export interface Sysctl {
  /** Path below /proc/sys, since an interface's name may hold a dot. */
  readonly key: string;
  readonly value: string;
}

/** A value without the line's end; an empty text when there is no such key. */
export function readSysctl(key: string): string {
  const file = `/proc/sys/${key}`;
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
}

/** In order; what already has its value is left alone. Throws GatewayError EHOST when a setting cannot be written. */
export function writeSysctls(sysctls: readonly Sysctl[]): void {
  for (const { key, value } of sysctls) {
    if (readSysctl(key) === value) continue;
    try {
      writeFileSync(`/proc/sys/${key}`, value);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      throw new GatewayError('EHOST', `Cannot set /proc/sys/${key} to ${value}: ${detail}`, { cause: error });
    }
  }
}
