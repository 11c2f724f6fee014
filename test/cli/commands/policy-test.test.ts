import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runCli } from '../cli-fixture.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'syngate-cases-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = path.join(folder, 'cases.yaml');

const runCases = (text: string, ...words: string[]) => {
  writeFileSync(file, text);
  return runCli(['policy', 'test', file, ...words]);
};

describe('runCommandLine policy test', () => {
  const GOOD =
    '- { name: one, traffic: net.dst.port == 1, context: { net.dst.port: 1 }, expect: true, basis: docs }\n';

  test('counts what passed', async () => {
    expect(await runCases(GOOD + GOOD)).toMatchObject({ status: 0, output: '2 passed, 0 failed' });
  });

  test('shows what failed, with status 1', async () => {
    const { status, output } = await runCases(GOOD + GOOD.replace('expect: true', 'expect: false'));
    expect(status).toBe(1);
    expect(output).toBe(`failed: ${file}: one\n    expected false, got true\n1 passed, 1 failed`);
  });

  test('fails a case whose context does not fit', async () => {
    const { status, output } = await runCases(GOOD.replace('net.dst.port: 1', 'net.dst.port: [a]'));
    expect(status).toBe(1);
    expect(output).toMatch(/0 passed, 1 failed$/);
  });

  test('reports as JSON', async () => {
    const { output } = await runCases(GOOD, '--json');
    expect(JSON.parse(output)).toEqual({
      passed: 1,
      failed: 0,
      cases: [{ file, name: 'one', passed: true, notes: [] }],
    });
  });

  test('refuses a file that is no list of cases with status 2', async () => {
    const { status, complaints } = await runCases(`${GOOD}- { traffic: x }\n`);
    expect(status).toBe(2);
    expect(complaints).toMatch(/cases\.yaml:2:3: \[1\]: Cannot use .*: not a policy case/);
  });
});
