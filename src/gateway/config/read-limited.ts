/** Reads files that the configuration or the policy refers to, up to a size limit. */
import { readFileSync, statSync } from 'node:fs';
import { ConfigError } from '../../report/errors.ts';

/** Throws ConfigError if the file cannot be read or is larger than `mostBytes`. */
export function readLimited(file: string, mostBytes: number): Buffer {
  try {
    const { size } = statSync(file);
    if (size > mostBytes) throw new RangeError(`${size} bytes, more than ${mostBytes}`);
    return readFileSync(file);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const problem = { file, field: '', message: `Cannot read the file: ${detail}` };
    throw new ConfigError([problem], { cause: error });
  }
}
