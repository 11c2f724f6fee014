/** Which parts of a configuration changed but take effect only at the next start. */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/config.ts';

/** What is taken over at every reload; and `file`, which is only where the rest came from. */
const RELOADED: ReadonlySet<string> = new Set(['file', 'policyFile', 'expressions', 'geolocation']);

/** As the configuration file has them, where that is not what the values are called here. */
const KEYS: Readonly<Record<string, string>> = {
  runtimeDirectory: 'runtime_directory',
  storeFile: 'store.path',
  flowLog: 'flow_log',
};

/** Keys of the configuration file. */
export function findRestartKeys(running: Config, next: Config): string[] {
  return Object.entries(next)
    .filter(([key, value]) => !RELOADED.has(key) && !isDeepStrictEqual(value, Reflect.get(running, key)))
    .map(([key]) => KEYS[key] ?? key);
}
