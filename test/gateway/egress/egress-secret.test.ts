import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keepEgressSecret } from '../../../src/gateway/egress/egress-secret.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'syngate-secret-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const fileOf = (directory: string) => path.join(directory, 'egress-secret');

describe('keepEgressSecret', () => {
  test('draws a key at the first start, and reads it at every other', () => {
    const directory = path.join(folder, 'not', 'there', 'yet');
    const drawn = keepEgressSecret(directory);
    expect(drawn).toHaveLength(32);
    expect(Buffer.from(keepEgressSecret(directory))).toEqual(Buffer.from(drawn));
    expect(statSync(fileOf(directory)).mode & 0o777).toBe(0o600);
    expect(keepEgressSecret(folder)).not.toEqual(drawn);
  });

  test.each([
    ['an empty', 0],
    ['a short', 31],
    ['a long', 33],
  ])('replaces %s file, its permissions included', (_what, bytes) => {
    writeFileSync(fileOf(folder), new Uint8Array(bytes));
    chmodSync(fileOf(folder), 0o644);
    const drawn = keepEgressSecret(folder);
    expect(drawn).toHaveLength(32);
    expect(readFileSync(fileOf(folder))).toEqual(Buffer.from(drawn));
    expect(statSync(fileOf(folder)).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['egress-secret']);
  });

  test('does not take a directory for a missing file', () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    expect(() => keepEgressSecret(folder)).toThrow(/ENOTDIR/);
  });
});
