import { describe, expect, test } from 'vitest';
import type { Diagnosis } from '../../../src/policy/language/diagnose.ts';
import { parseExpression } from '../../../src/policy/language/expression.ts';
import { gatewayScheme } from '../../../src/policy/language/gateway-scheme.ts';

function diagnose(text: string): Diagnosis | undefined {
  const parsed = parseExpression(text, { scheme: gatewayScheme });
  return 'error' in parsed ? parsed.error : undefined;
}

/** Each kind of error once, and the mistakes people make most. The golden file holds what they are told. */
const MISTAKES: readonly string[] = [
  'net.fqdn.host in {"a", "b"}',
  'net.dst.port in {80, 443}',
  'net.fqdn.host not in {"a"}',
  'net.dst.port == 443 AND net.protocol == "tcp"',
  'NOT net.dst.port == 443',
  'net.dst.port ==\t443',
  'net.dst.port = 443',
  'net.dst.port === 443',
  'net.dst.port <> 443',
  "net.fqdn.host == 'example.com'",
  'net.fqdn.host == example.com',
  'net.fqdn.host == "example.com',
  'net.fqdn.host == "a\\.b"',
  'net.fqdn.host == "bücher.example"',
  'net.fqdn.hostname == "example.com"',
  'net.fqdn.host == "a" # comment',
  'net.fqdn.host == "a";',
  'net.fqdn.host',
  'net.dst.port == https',
  'net.dst.port == 0943',
  'net.dst.port == 99999999999999999999',
  'net.dst.port in {443..80}',
  'net.dst.port in {}',
  'net.dst.port matches "4"',
  'net.dst.port == 443)',
  '(net.dst.port == 443',
  'net.dst.port == 443 and',
  'net.dst.port == 443 net.protocol == "tcp"',
  'net.dst.ip == 10.0.0.0/8',
  'net.dst.ip in {10.0.0.1/8}',
  'net.dst.ip in {10.0.0.0/33}',
  'net.dst.ip in {192.0.2.9..192.0.2.1}',
  'net.dst.ip in {"ten"}',
  'net.dst.ip in $missing',
  'net.dst.port in $missing',
  'any(net.fqdn.host == "a")',
  'any(net.fqdn.domains[*] == "a" or net.fqdn.domains[*] == "b")',
  'any((net.fqdn.domains[*] == "a" or net.dst.port == 1))',
  'any("a")',
  'ANY(app.ids[*] == 1)',
  'identity.groups == "finance"',
  'identity.groups[*].nmae == "finance"',
  'net.fqdn.host[0] == "a"',
  'net.fqdn.host[*] == "a"',
  'net.fqdn.host matches "(?=x)"',
  'net.fqdn.host matches "\\p{L}"',
  'net.fqdn.host matches "[a-z"',
  'net.fqdn.host matches example',
  'net.fqdn.host wildcard "a**"',
  'net.dst.port == 443\n  and net.fqdn.host == 5 or\n  xyz',
  'flag == true',
];

test('diagnose shows the place, the line, carets, the words of the engine and what to write', async () => {
  const texts = MISTAKES.map((text) => diagnose(text)?.text ?? `accepted: ${text}`);
  await expect(`${texts.join('\n\n')}\n`).toMatchFileSnapshot('golden/errors.txt');
});

test('diagnose has advice for every frequent mistake', () => {
  const silent = MISTAKES.filter((text) => diagnose(text)?.help === undefined);
  expect(silent).toEqual([
    'net.dst.port == 99999999999999999999',
    'net.dst.port matches "4"',
    'net.dst.ip in {10.0.0.0/33}',
    'any("a")',
    'net.fqdn.host[0] == "a"',
    'net.fqdn.host[*] == "a"',
    'net.fqdn.host wildcard "a**"',
    'flag == true',
  ]);
});

describe('diagnose counts lines and characters from 1', () => {
  const rows: ReadonlyArray<readonly [string, number, number, number]> = [
    ['nope == 1', 1, 1, 4],
    ['  nope == 1', 1, 3, 4],
    ['\n\nnope == 1', 3, 1, 4],
    ['net.dst.port == 1 or\r\n nope == 1', 2, 2, 4],
    ['identity.name == "ünï" and nope == 1', 1, 28, 4],
    ['identity.name == "😀" and nope == 1', 1, 26, 4],
    ['net.dst.port ==', 1, 16, 1],
  ];
  for (const [text, line, column, length] of rows) {
    test(JSON.stringify(text), () => expect(diagnose(text)).toMatchObject({ line, column, length }));
  }
});

test('diagnose does not print a line of megabytes', () => {
  const text = `net.dst.port in {${'443 '.repeat(100_000)},}`;
  expect(diagnose(text)?.text.length).toBeLessThan(500);
});

describe('limits', () => {
  const nested = (depth: number) => `${'('.repeat(depth)}net.dst.port == 1${')'.repeat(depth)}`;

  test('128 parentheses are read, 129 are refused', () => {
    expect(diagnose(nested(128))).toBeUndefined();
    expect(diagnose(nested(129))?.message).toBe('maximum nesting depth exceeded (limit: 128)');
  });

  test('1000 parentheses or negations end in an error and not in a stack overflow', () => {
    expect(diagnose(nested(1000))?.kind).toBe('limit');
    expect(diagnose(`${'!'.repeat(1000)}(net.dst.port == 1)`)?.kind).toBe('limit');
    expect(diagnose(`${'any('.repeat(1000)}`)?.kind).toBe('limit');
  });

  test('ten megabytes are refused before they are read', () => {
    const text = `net.dst.port in {${'443 '.repeat(2_500_000)}}`;
    expect(diagnose(text)?.message).toMatch(/^expression of \d+ bytes is too long \(limit: 1048576\)$/);
  });

  test('limits are settings', () => {
    const options = { scheme: gatewayScheme, limits: { nestingDepth: 2 } };
    expect('error' in parseExpression(nested(3), options)).toBe(true);
    expect('error' in parseExpression(nested(2), options)).toBe(false);
  });
});
