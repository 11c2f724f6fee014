import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/store/open-database.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'syngate-store-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function fill(file: string, rows: number): void {
  const { database } = openDatabase(file);
  database.exec('CREATE TABLE IF NOT EXISTS t (n INTEGER, filler TEXT)');
  const insert = database.prepare('INSERT INTO t VALUES (?, ?)');
  for (let n = 0; n < rows; n++) insert.run(n, 'x'.repeat(500));
  database.close();
}

describe('openDatabase', () => {
  test('makes the folder and the file', () => {
    const { setAside, database } = openDatabase(path.join(folder, 'deep', 'state.db'));
    expect(setAside).toBeUndefined();
    database.close();
  });

  test('keeps what was committed', () => {
    const file = path.join(folder, 'state.db');
    fill(file, 10);
    const { database } = openDatabase(file);
    expect(database.prepare('SELECT count(*) AS n FROM t').get()?.n).toBe(10);
    database.close();
  });

  test.each([1, 100, 4096])('puts a file aside that lost its last %i bytes (FL-31)', (bytes) => {
    const file = path.join(folder, 'state.db');
    fill(file, 200);
    truncateSync(file, readFileSync(file).length - bytes);
    const { database, setAside } = openDatabase(file);
    expect(setAside).toMatch(/damaged-\d+$/);
    expect(database.prepare('SELECT count(*) AS n FROM sqlite_master').get()?.n).toBe(0);
    database.close();
    expect(readdirSync(folder).some((name) => name.includes('damaged'))).toBe(true);
  });

  test('puts a file aside that is no database', () => {
    const file = path.join(folder, 'state.db');
    writeFileSync(file, 'not a database at all, just some text that is long enough'.repeat(40));
    const { database, setAside } = openDatabase(file);
    expect(setAside).toBeDefined();
    database.close();
  });

  test('says so when the folder cannot be made', () => {
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    expect(() => openDatabase(path.join(file, 'state.db'))).toThrow();
  });
});
