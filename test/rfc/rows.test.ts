/**
 * docs/nat.md, docs/dns-rows.md and docs/faults.md say of every row whether it is kept or what becomes of the fault, and which
 * test shows it; a row that sources or tests cite stands there.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** The last row of each group. */
const LAST = {
  U: 16,
  T: 10,
  I: 10,
  P: 11,
  G: 15,
  F: 15,
  X: 10,
  R: 10,
  A: 6,
  S: 10,
  D: 34,
  'FL-': 47,
} as const;

const ROWS = Object.entries(LAST).flatMap(([group, last]) =>
  Array.from({ length: last }, (_, index) => rowId(group, index + 1)),
);
/** As they are cited: `U1`, `FL-20`. What other words contain, such as the letters of an address, is none. */
const CITATION = /(?<![\w.$#@/-])(?:FL-\d+|[UTIPGFXRDAS]\d+)(?![\w-]|\.\w)/g;

interface TableRow {
  readonly file: string;
  readonly ids: readonly string[];
  readonly kept: string;
  /** Paths of tests, or their ends. */
  readonly tests: readonly string[];
}

const TABLE = ['docs/nat.md', 'docs/dns-rows.md', 'docs/faults.md'].flatMap(readTable);
const TESTS = globSync(['test/**/*.test.ts', 'netns-tests/**/*.test.ts', 'netns-tests/soak/*.ts'], {
  cwd: ROOT,
});
const CITING = globSync('{src,test,netns-tests}/**/*.{ts,yaml,py,cc,h}', { cwd: ROOT });

function rowId(group: string, number: number): string {
  return `${group}${group === 'FL-' ? String(number).padStart(2, '0') : number}`;
}

function readTable(file: string): TableRow[] {
  const lines = readFileSync(path.join(ROOT, file), 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [, id = '', , kept = '', shownBy = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    const ids = idsOf(id);
    const tests = [...shownBy.matchAll(/`([^`]+\.ts)`/g)].map(([, name = '']) => name);
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

/** Each row that a text cites and that is in no table, once. */
function strayRows(text: string): string[] {
  const cited = new Set(Array.from(text.matchAll(CITATION), ([id]) => id));
  return [...cited].filter((id) => !ROWS.includes(id));
}

describe('the tables of requirements', () => {
  it('the tables have each row once, and no other', () => {
    const ids = TABLE.flatMap((row) => row.ids);
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

  it('the tables have every row that sources and tests cite', () => {
    const strays = CITING.filter((file) => path.join(ROOT, file) !== import.meta.filename).flatMap((file) =>
      strayRows(readFileSync(path.join(ROOT, file), 'utf8')).map((id) => `${file}: ${id}`),
    );
    expect(strays).toEqual([]);
    expect(CITING).not.toEqual([]);
  });

  it.each([
    ['(rows U1, U17)', ['U17']],
    ['FL-47 and FL-48: S10, S11', ['FL-48', 'S11']],
    ['the F5, as of FL-5; D0–D34', ['FL-5', 'D0']],
    ['IPV4_U99, 0xA400, D34.5ms, v6/S77', []],
  ])('the tables miss a row that is cited and not theirs: %s', (text, strays) => {
    expect(strayRows(text)).toEqual(strays);
  });
});
