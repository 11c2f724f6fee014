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

  test('fails a case that is malformed, and runs the others', async () => {
    const { status, output } = await runCases(`${GOOD}- { traffic: x }\n${GOOD}`);
    expect(status).toBe(1);
    expect(output).toMatch(/not a policy case\n.*name: Cannot leave it out/);
    expect(output).toMatch(/2 passed, 1 failed$/);
  });

  test.each(['traffic: x\n', '5\n', 'x: [1]\n'])(
    'refuses the file %j, which is no list of cases, with status 2',
    async (text) => {
      const { status, complaints } = await runCases(text);
      expect(status).toBe(2);
      expect(complaints).toMatch(/cases\.yaml:1:1: .*: not a list of policy cases/);
    },
  );

  const RECORDED =
    '{ head: { fields: { a: Int, "m": Map(Bytes) }, functions: { len(Bytes): Int }, context: { a: 1, m: { k: v } } }, cases: [';

  test('runs recorded answers of the engine', async () => {
    const cases = [
      '{ expr: a == 1, expect: true }',
      `{ expr: 'len(m["k"]) == 1', expect: true }`,
      '{ expr: a =, expect: error, error: "Filter parsing error (1:3):\\na =\\n  ^ other words" }',
    ].join(', ');
    expect(await runCases(`${RECORDED}${cases}] }`)).toMatchObject({
      status: 0,
      output: '3 passed, 0 failed',
    });
  });

  test('fails a recorded answer that is another one here, or an error at another place', async () => {
    const cases = [
      '{ expr: a == 2, expect: true }',
      '{ expr: a =, expect: error, error: "Filter parsing error (1:1):\\na =\\n^ words" }',
    ].join(', ');
    const { status, output } = await runCases(`${RECORDED}${cases}] }`);
    expect(status).toBe(1);
    expect(output).toMatch(/a == 2\n {4}expected true, got false\n/);
    expect(output).toMatch(
      /recorded: Filter parsing error \(1:1\)[\s\S]*here: Filter parsing error \(1:3\)[\s\S]*0 passed, 2 failed$/,
    );
  });

  test('refuses recorded answers over types that are none, with status 2', async () => {
    const { status, complaints } = await runCases('{ head: { fields: { a: Integer } }, cases: [] }');
    expect(status).toBe(2);
    expect(complaints).toContain("Cannot read type 'Integer'");
  });
});
