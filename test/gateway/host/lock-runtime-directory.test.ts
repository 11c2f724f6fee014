import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { lockRuntimeDirectory } from '../../../src/gateway/host/lock-runtime-directory.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'syngate-lock-'));
afterAll(() => rmSync(folder, { recursive: true }));

const module = path.join(import.meta.dirname, '../../../src/gateway/host/lock-runtime-directory.ts');
/** Locks in a process of its own, which then ends without letting go. */
const script = `import { lockRuntimeDirectory } from ${JSON.stringify(module)}; lockRuntimeDirectory(process.argv[1]);`;
const lockElsewhere = (directory: string) =>
  spawnSync(process.execPath, ['--input-type=module', '--eval', script, directory], { encoding: 'utf8' });

describe('lockRuntimeDirectory', () => {
  test('lets one process in and tells the next (FL-45)', () => {
    const directory = path.join(folder, 'one');
    const lock = lockRuntimeDirectory(directory);
    expect(lockElsewhere(directory).stderr).toMatch(
      /Cannot lock .*one\/lock: another gateway is running there/,
    );
    expect(() => lockRuntimeDirectory(directory)).toThrow(expect.objectContaining({ code: 'EBUSY' }));
    lock.release();
    expect(lockElsewhere(directory)).toMatchObject({ status: 0, stderr: '' });
  });

  test('is free again when the process that held it is dead', () => {
    const directory = path.join(folder, 'two');
    expect(lockElsewhere(directory).status).toBe(0);
    lockRuntimeDirectory(directory).release();
  });

  test('does not stand in the way of another directory', () => {
    const lock = lockRuntimeDirectory(path.join(folder, 'three'));
    lockRuntimeDirectory(path.join(folder, 'four')).release();
    lock.release();
  });
});
