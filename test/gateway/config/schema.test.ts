import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeConfigJsonSchema } from '../../../src/gateway/config/schema.ts';

test('makeConfigJsonSchema makes what docs/config.schema.json holds (else run scripts/write-config-schema.ts)', () => {
  const file = path.join(import.meta.dirname, '../../../docs/config.schema.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(makeConfigJsonSchema())));
});
