/** The catalogue's own compilation of hostnames, from the YAML files in `data/`. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const ENTRIES = z.array(z.strictObject({ id: z.int(), name: z.string(), hostnames: z.array(z.string()) }));

/** An application or category and the names that belong to it. */
export type BuiltInEntry = z.output<typeof ENTRIES>[number];

/** Throws when the file is not what it should be, which the tests rule out. */
export function readBuiltIn(kind: 'applications' | 'categories'): BuiltInEntry[] {
  const file = path.join(import.meta.dirname, 'data', `${kind}.yaml`);
  return ENTRIES.parse(parse(readFileSync(file, 'utf8')));
}
