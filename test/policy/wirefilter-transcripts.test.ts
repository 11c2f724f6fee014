import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { runTranscript, transcriptSchema } from '../../src/policy/conformance/transcript.ts';
import { parseExpression } from '../../src/policy/language/expression.ts';
import { gatewayScheme } from '../../src/policy/language/gateway-scheme.ts';

const file = path.join(import.meta.dirname, 'fixtures/wirefilter-transcripts.json');
const transcript = transcriptSchema.parse(JSON.parse(readFileSync(file, 'utf8')));

describe('runTranscript answers in strict mode as wirefilter did, errors to the caret', () => {
  for (const { expression, actual, expected, error, expectedError } of runTranscript(transcript)) {
    test(JSON.stringify(expression).slice(0, 120), () => {
      expect(actual).toBe(expected);
      expect(error).toBe(expectedError);
    });
  }
});

test('parseExpression refuses the 130 parentheses that the older engine took', () => {
  const deep = `${'('.repeat(130)}net.dst.port == 1${')'.repeat(130)}`;
  const parsed = parseExpression(deep, { scheme: gatewayScheme, mode: 'strict' });
  expect('error' in parsed && parsed.error.message).toBe('maximum nesting depth exceeded (limit: 128)');
});

describe('runTranscript fails', () => {
  const run = (expr: string, expected: boolean | 'error', error?: string) =>
    runTranscript(
      transcriptSchema.parse({
        head: { fields: { a: 'Int' }, context: { a: 1 } },
        cases: [{ expr, expect: expected, error }],
      }),
    )[0]?.passed;

  test('another result', () => {
    expect(run('a == 1', false)).toBe(false);
    expect(run('a == 1', 'error')).toBe(false);
    expect(run('a', true)).toBe(false);
  });

  test('an error at another place, not one in other words', () => {
    expect(run('a ==', 'error', 'Filter parsing error (1:5):\na ==\n    ^ other words')).toBe(true);
    expect(run('a ==', 'error', 'Filter parsing error (1:4):\na ==\n   ^ expected digit')).toBe(false);
  });
});
