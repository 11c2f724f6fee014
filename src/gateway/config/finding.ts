/** What the checks of a configuration find. */
import { quoteValue } from '../../report/describe-fault.ts';
import type { FieldPath } from './yaml-source.ts';

/** A problem of the field at `path`. */
export interface Finding {
  readonly path: FieldPath;
  readonly message: string;
}

/** A finding for each name that occurs earlier in the list. */
export function findRepeats(named: ReadonlyArray<readonly [string, FieldPath]>): Finding[] {
  const seen = new Set<string>();
  return named.flatMap(([name, path]) => {
    if (seen.has(name)) return [{ path, message: `Cannot use ${quoteValue(name)}: it is already taken` }];
    seen.add(name);
    return [];
  });
}
