/** Which parts of a configuration changed but take effect only at the next start. */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from './config/config.ts';

/** What is taken over at every reload; and `file`, which is only where the rest came from. */
const RELOADED: ReadonlySet<string> = new Set(['file', 'policyFile', 'expressions', 'geolocation']);

export function findRestartKeys(running: Config, next: Config): string[] {
  return Object.entries(next)
    .filter(([key, value]) => !RELOADED.has(key) && !isDeepStrictEqual(value, Reflect.get(running, key)))
    .map(([key]) => key);
}
