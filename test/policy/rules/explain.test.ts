import { expect, test } from 'vitest';
import { loadFacts } from '../../../src/policy/evaluation/load-facts.ts';
import { parseExpression } from '../../../src/policy/language/expression.ts';
import { gatewayScheme } from '../../../src/policy/language/gateway-scheme.ts';
import { type ExpressionTrace, explainExpression } from '../../../src/policy/rules/explain.ts';

function explain(text: string, context: Readonly<Record<string, unknown>>): ExpressionTrace | undefined {
  const parsed = parseExpression(text, { scheme: gatewayScheme });
  const { facts } = loadFacts(context, gatewayScheme);
  return 'error' in parsed ? undefined : explainExpression(parsed.expression, text, facts);
}

/** One line a part, deeper parts indented. */
function outline({ text, held, seen, parts }: ExpressionTrace, indent = ''): readonly string[] {
  const values = seen === undefined ? '' : ` [${seen.join(', ')}]`;
  return [`${indent}${held} ${text}${values}`, ...parts.flatMap((part) => outline(part, `${indent}  `))];
}

test('explainExpression tells of every part whether it held and what it saw', () => {
  const text =
    'net.dst.port in {80 443} and (net.dst.ip[*] in {10.0.0.0/8} or not net.fqdn.host == "a.test")';
  const explanation = explain(text, {
    'net.dst.port': 443,
    'net.dst.ip': ['192.0.2.1', '2001:db8::1'],
    'net.fqdn.host': 'a.test',
  });
  expect(explanation && outline(explanation)).toEqual([
    `false ${text}`,
    '  true net.dst.port in {80 443} [443]',
    '  false net.dst.ip[*] in {10.0.0.0/8} or not net.fqdn.host == "a.test"',
    '    false net.dst.ip[*] in {10.0.0.0/8}',
    '      undefined net.dst.ip[*] in {10.0.0.0/8} [192.0.2.1, 2001:db8::1]',
    '    false not net.fqdn.host == "a.test"',
    '      true net.fqdn.host == "a.test" [a.test]',
  ]);
});

test('explainExpression shows a missing value as none', () => {
  const explanation = explain('identity.email != "a"', {});
  expect(explanation).toEqual({ text: 'identity.email != "a"', held: true, seen: [], parts: [] });
});

test('explainExpression shows texts as people wrote them', () => {
  const explanation = explain('identity.name == "é"', { 'identity.name': 'Zoë' });
  expect(explanation?.seen).toEqual(['Zoë']);
});
