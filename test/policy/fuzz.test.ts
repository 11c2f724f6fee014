/**
 * The parser on whatever there is: it answers or refuses, with an error whose place is in the text; it never throws.
 * Bounded here; SYNGATE_FUZZ_SECONDS=60 runs longer.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileExpression } from '../../src/policy/evaluation/compile-expression.ts';
import { Facts } from '../../src/policy/evaluation/facts.ts';
import { parseExpression } from '../../src/policy/language/expression.ts';
import { gatewayScheme } from '../../src/policy/language/gateway-scheme.ts';
import type { Mode } from '../../src/policy/language/parse-state.ts';

const SECONDS = Number(process.env.SYNGATE_FUZZ_SECONDS ?? 2);
const MILLISECONDS = (SECONDS * 1000) / 2;

const nobody = new Facts(gatewayScheme);

function check(text: string, mode: Mode): void {
  const parsed = parseExpression(text, { scheme: gatewayScheme, mode });
  if (!('error' in parsed)) {
    expect(typeof compileExpression(parsed.expression)(nobody)).toBe('boolean');
    return;
  }
  const { line, column, length, message } = parsed.error;
  const lines = text.split('\n');
  expect(line).toBeLessThanOrEqual(lines.length);
  expect(column + length - 1).toBeLessThanOrEqual(Array.from(lines[line - 1] ?? '').length + 1);
  expect(message).not.toBe('');
}

const TOKENS = [
  ...gatewayScheme.fields.map(({ name }) => name),
  ...[
    'identity.groups',
    '[*]',
    '[0]',
    '["k"]',
    '.name',
    'any(',
    'all(',
    '(',
    ')',
    '{',
    '}',
    '$list',
    '..',
    '/8',
  ],
  ...[
    'and',
    'or',
    'xor',
    'not',
    '!',
    '&&',
    '||',
    '^^',
    '==',
    '!=',
    '<',
    '>=',
    'in',
    '&',
    'contains',
    'matches',
    '~',
  ],
  ...[
    'wildcard',
    'strict wildcard',
    '443',
    '0x',
    '018',
    '-1',
    '10.0.0.0/8',
    '::1',
    '1.2.3.4',
    '"a"',
    '"(a+)+$"',
  ],
  ...[
    '"\\p{L}"',
    '"[é]"',
    'r#"x"#',
    'r"',
    '01:02',
    "'",
    ',',
    ';',
    '\t',
    '\n',
    'é',
    '"',
    '\\',
    '😀',
    '\ud800',
  ],
];

const expressions = fc
  .array(fc.tuple(fc.constantFrom(...TOKENS), fc.constantFrom('', ' ', ' ', '\n')), { maxLength: 30 })
  .map((parts) => parts.flat().join(''));

const modes = fc.constantFrom<Mode>('compat', 'strict');

describe('parseExpression never throws', () => {
  const settings = { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: MILLISECONDS };
  const timeout = MILLISECONDS + 30_000;

  test('on the words of the language in any order', { timeout }, () => {
    fc.assert(fc.property(expressions, modes, check), settings);
  });

  test('on any text', { timeout }, () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), modes, check), settings);
  });
});
