/** Reads the built-in hostnames of applications and categories from the YAML files in `data/`. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const ENTRIES = z.array(z.strictObject({ id: z.int(), name: z.string(), hostnames: z.array(z.string()) }));

/** An application or a category, and its hostnames. */
type BuiltInEntry = z.output<typeof ENTRIES>[number];

/** Throws if the file is invalid, which the tests rule out. */
export function readBuiltIn(kind: 'applications' | 'categories'): BuiltInEntry[] {
  const file = path.join(import.meta.dirname, 'data', `${kind}.yaml`);
  return ENTRIES.parse(parse(readFileSync(file, 'utf8')));
}
