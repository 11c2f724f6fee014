import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { buildCatalog } from '../../src/catalog/catalog.ts';

const file = path.join(import.meta.dirname, 'fixtures/well-known-hosts.txt');
const pairs = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)] as const);

const { catalog } = buildCatalog();
const { applications } = catalog;

test('Catalog.lookup knows more than 150 applications by their well-known hosts', () => {
  expect(new Set(pairs.map(([, name]) => name)).size).toBeGreaterThan(150);
});

test.each(pairs)('Catalog.lookup("%s") finds %s', (host, name) => {
  const names = catalog.lookup(host).applicationIds.map((id) => applications.get(id)?.name);
  expect(names).toContain(name);
});

test('Catalog.lookup gives no application to a name that only looks like one', () => {
  const lookalikes = pairs.map(([host]) => `${host}.evil.test`);
  expect(lookalikes.filter((host) => catalog.lookup(host).applicationIds.length > 0)).toEqual([]);
});
