/** docs/nat.md and docs/dns-rows.md say of every row of the requirements whether it is kept, and which test shows it. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** The last row of each group. */
const LAST = { U: 16, T: 10, I: 10, P: 11, G: 15, F: 15, X: 10, R: 10, A: 6, S: 8, D: 34 } as const;

const ROWS = Object.entries(LAST).flatMap(([group, last]) =>
  Array.from({ length: last }, (_, index) => `${group}${index + 1}`),
);

interface TableRow {
  readonly file: string;
  readonly ids: readonly string[];
  readonly kept: string;
  /** Paths of tests, or their ends. */
  readonly tests: readonly string[];
}

const TABLE = ['docs/nat.md', 'docs/dns-rows.md'].flatMap(readTable);
const TESTS = globSync(['test/**/*.test.ts', 'netns-tests/**/*.test.ts'], { cwd: ROOT });

function readTable(file: string): TableRow[] {
  const lines = readFileSync(path.join(ROOT, file), 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [, id = '', , kept = '', shownBy = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    const ids = idsOf(id);
    const tests = [...shownBy.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, name = '']) => name);
    return ids.length === 0 ? [] : [{ file, ids, kept, tests }];
  });
}

/** Of `U1`, of `G13–15`, or of `FL-11`. */
function idsOf(cell: string): string[] {
  if (/^FL-\d+$/.test(cell)) return [cell];
  const [, group = '', first = '', last = first] = /^([A-Z])(\d+)(?:–(\d+))?$/.exec(cell) ?? [];
  const length = group === '' ? 0 : Number(last) - Number(first) + 1;
  return Array.from({ length }, (_, index) => `${group}${Number(first) + index}`);
}

/** The tests that a row's short name means. */
function testsNamed(name: string): string[] {
  return TESTS.filter((file) => file === name || file.endsWith(`/${name}`));
}

function mentions(file: string, id: string): boolean {
  return new RegExp(`(?<![A-Z])${id}(?!\\d)`).test(readFileSync(path.join(ROOT, file), 'utf8'));
}

describe('the tables of requirements', () => {
  it('the tables have each row once, and no other', () => {
    const ids = TABLE.flatMap((row) => row.ids).filter((id) => !id.startsWith('FL-'));
    expect(ids.toSorted()).toEqual(ROWS.toSorted());
  });

  it.each(TABLE)('the tables say whether $ids is kept, and name no test that does not show it', (row) => {
    expect(row.kept).toMatch(/\S/);
    for (const name of row.tests) {
      const files = testsNamed(name);
      expect(files, `${row.file}: ${name} is no test`).not.toEqual([]);
      const silent = row.ids.filter((id) => !files.some((file) => mentions(file, id)));
      expect(silent, `${row.file}: ${files.join(' and ')} do not mention them`).toEqual([]);
    }
  });

  it.each(TABLE)('the tables name a test for $ids, or say why there is none', (row) => {
    if (row.tests.length === 0) expect(row.kept).toMatch(/^(no\b|none\b|not |see )/);
  });
});
