import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { compileExpression } from '../../src/policy/compile-expression.ts';
import { parseExpression } from '../../src/policy/expression.ts';
import { loadFacts } from '../../src/policy/load-facts.ts';
import { type FunctionSpec, Scheme } from '../../src/policy/scheme.ts';
import { foldAscii } from '../../src/policy/text-value.ts';
import type { Type } from '../../src/policy/types.ts';

const transcripts = z
  .object({
    head: z.object({ context: z.record(z.string(), z.unknown()) }),
    cases: z.array(
      z.object({
        expr: z.string(),
        expect: z.union([z.boolean(), z.literal('error')]),
        error: z.string().optional(),
      }),
    ),
  })
  .parse(
    JSON.parse(readFileSync(path.join(import.meta.dirname, 'fixtures/wirefilter-transcripts.json'), 'utf8')),
  );

const BYTES: Type = { scalar: 'Bytes', shape: 'one' };
const FUNCTIONS: readonly FunctionSpec[] = [
  {
    name: 'len',
    parameters: [BYTES],
    returns: { scalar: 'Int', shape: 'one' },
    call: ([text]) => (typeof text === 'string' ? text.length : undefined),
  },
  {
    name: 'lower',
    parameters: [BYTES],
    returns: BYTES,
    call: ([text]) => (typeof text === 'string' ? foldAscii(text) : undefined),
  },
];

const scheme = new Scheme(
  [
    { name: 'http.host', type: BYTES },
    { name: 'http.request.method', type: BYTES },
    { name: 'ip.src', type: { scalar: 'Ip', shape: 'one' } },
    { name: 'http.request.headers', type: { scalar: 'Bytes', shape: 'map' } },
  ],
  { functions: FUNCTIONS },
);
const { facts } = loadFacts(transcripts.head.context, scheme);

/** The transcripts' engine is older than the nesting limit; docs/policy.md tells the difference. */
const limits = { nestingDepth: 200 };

describe('parseExpression in strict mode answers as wirefilter did', () => {
  for (const { expr, expect: result, error } of transcripts.cases) {
    test(JSON.stringify(expr).slice(0, 120), () => {
      const parsed = parseExpression(expr, { scheme, mode: 'strict', limits });
      if ('error' in parsed) {
        expect(parsed.error.frame).toBe(error);
        expect(result).toBe('error');
      } else {
        expect(compileExpression(parsed.expression)(facts)).toBe(result);
      }
    });
  }
});

test('parseExpression refuses the 130 parentheses that the older engine took', () => {
  const deep = transcripts.cases.find(({ expr }) => expr.startsWith('(((((('));
  const parsed = parseExpression(deep?.expr ?? '', { scheme, mode: 'strict' });
  expect('error' in parsed && parsed.error.message).toBe('maximum nesting depth exceeded (limit: 128)');
});
