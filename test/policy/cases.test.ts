/**
 * Cases derived from the language (docs/policy.md), sentence by sentence; also run by
 * `syngate policy test test/policy/cases/*.yaml`. Here the kind and the place of errors are judged as well.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { runPolicyCase } from '../../src/gateway/policy/run-policy-case.ts';

const FOLDER = path.join(import.meta.dirname, 'cases');

const judgedSchema = z.looseObject({
  name: z.string(),
  error_kind: z.string().optional(),
  error_position: z.object({ line: z.number(), column: z.number(), length: z.number() }).optional(),
});

describe.each(readdirSync(FOLDER))('runPolicyCase passes %s', (file) => {
  const cases = z.array(judgedSchema).parse(parse(readFileSync(path.join(FOLDER, file), 'utf8')));

  test('whose names are its own', () => {
    const names = cases.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) < index)).toEqual([]);
  });

  test.each(cases.map((given) => [given.name, given] as const))('%s', (_name, given) => {
    const result = runPolicyCase(given);
    expect(result).toMatchObject({ passed: true, notes: [] });
    const [error] = result.errors ?? [];
    if (given.error_kind !== undefined) expect(error?.kind).toBe(given.error_kind);
    if (given.error_position !== undefined) expect(error).toMatchObject(given.error_position);
  });
});
