/** Writes docs/config.schema.json from the zod schema; test/gateway/config/schema.test.ts fails when it is out of date. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeConfigJsonSchema } from '../src/gateway/config/schema.ts';

const root = path.join(import.meta.dirname, '..');
const file = path.join(root, 'docs', 'config.schema.json');
writeFileSync(file, `${JSON.stringify(makeConfigJsonSchema(), null, 2)}\n`);
execFileSync(path.join(root, 'node_modules/.bin/biome'), ['format', '--write', file], {
  cwd: root,
  stdio: 'inherit',
});
