import { describe, expect, test } from 'vitest';
import { compileExpression } from '../../../src/policy/evaluation/compile-expression.ts';
import type { Facts } from '../../../src/policy/evaluation/facts.ts';
import { FactError, loadFacts } from '../../../src/policy/evaluation/load-facts.ts';
import { parseExpression } from '../../../src/policy/language/expression.ts';
import { gatewayScheme } from '../../../src/policy/language/gateway-scheme.ts';

describe('loadFacts', () => {
  const good: ReadonlyArray<readonly [string, unknown, string]> = [
    ['net.dst.ip', '192.0.2.1', 'net.dst.ip == 192.0.2.1'],
    ['net.src.internal_src_ip', ['192.0.2.1'], 'net.src.internal_src_ip == 192.0.2.1'],
    ['net.fqdn.host', 'Bücher.example', 'net.fqdn.host == "xn--bcher-kva.example"'],
    ['identity.groups', { name: 'a' }, 'identity.groups[*].name == "a"'],
    ['identity.groups.name', ['a'], 'identity.groups[*].name == "a"'],
    ['identity.saml_attributes', ['a=b=c'], 'any(identity.saml_attributes["a"] == "b=c")'],
    ['identity.oidc_claims', { admin: true, level: 3 }, 'any(identity.oidc_claims[*] == "level=3")'],
    ['net.dst.port', [], 'net.dst.port != 443'],
    ['app.ids', 617, 'app.ids == 617'],
  ];
  for (const [key, value, expression] of good) {
    test(`takes ${key}: ${JSON.stringify(value)}`, () => {
      expect(holds(expression, loadFacts({ [key]: value }, gatewayScheme).facts)).toBe(true);
    });
  }

  const bad: ReadonlyArray<readonly [string, unknown]> = [
    ['net.dst.port', '443'],
    ['net.dst.port', 1.5],
    ['net.dst.port', [1, 2]],
    ['net.dst.ip', ['x']],
    ['net.dst.ip', ['192.0.2.0/24']],
    ['net.fqdn.host', {}],
    ['identity.groups', ['finance']],
    ['identity.saml_attributes', 'x'],
  ];
  for (const [key, value] of bad) {
    test(`refuses ${key}: ${JSON.stringify(value)}`, () => {
      expect(() => loadFacts({ [key]: value }, gatewayScheme)).toThrow(FactError);
    });
  }
});

function holds(text: string, facts: Facts): boolean {
  const parsed = parseExpression(text, { scheme: gatewayScheme });
  if ('error' in parsed) throw new SyntaxError(parsed.error.text);
  return compileExpression(parsed.expression)(facts);
}
