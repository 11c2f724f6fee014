/** Writes docs/config.schema.json from the zod schema; test/gateway/config/schema.test.ts fails when it is out of date. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeConfigJsonSchema } from '../src/gateway/config/schema.ts';

const file = path.join(import.meta.dirname, '..', 'docs', 'config.schema.json');
writeFileSync(file, `${JSON.stringify(makeConfigJsonSchema(), null, 2)}\n`);
