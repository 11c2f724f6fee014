import { expect, test } from 'vitest';
import { compileExpression } from '../../../src/policy/evaluation/compile-expression.ts';
import { Facts } from '../../../src/policy/evaluation/facts.ts';
import { dnsScheme } from '../../../src/policy/language/dns-scheme.ts';
import { parseExpression } from '../../../src/policy/language/expression.ts';
import { gatewayScheme } from '../../../src/policy/language/gateway-scheme.ts';

const HOST = gatewayScheme.require('net.fqdn.host');
const PORT = gatewayScheme.require('net.dst.port');
const SAML = gatewayScheme.require('identity.saml_attributes');
const OIDC = gatewayScheme.require('identity.oidc_claims');

function holds(text: string, facts: Facts): boolean {
  const parsed = parseExpression(text, { scheme: gatewayScheme });
  if ('error' in parsed) throw new SyntaxError(parsed.error.text);
  return compileExpression(parsed.expression)(facts);
}

test('Facts.setText folds names once, so that a later comparison is exact', () => {
  const facts = new Facts(gatewayScheme);
  facts.setText(HOST, 'BANK.Example.com.');
  expect(facts.texts[HOST.slot]).toBe('bank.example.com');
});

test('Facts.clear forgets every field', () => {
  const facts = new Facts(gatewayScheme);
  facts.setText(HOST, 'a.test');
  facts.setInteger(PORT, 1);
  facts.setAttributes(SAML, new Map([['a', ['b']]]));
  facts.clear();
  expect(holds('net.fqdn.host == "a.test"', facts)).toBe(false);
  expect(holds('net.dst.port == 1', facts)).toBe(false);
  expect(holds('any(identity.saml_attributes["a"][*] == "b")', facts)).toBe(false);
});

test('Facts.merge takes over what the other knows and keeps the rest', () => {
  const facts = new Facts(gatewayScheme);
  facts.setText(HOST, 'a.test');
  facts.setInteger(PORT, 1);
  const other = new Facts(gatewayScheme);
  other.setInteger(PORT, 2);
  facts.merge(other);
  expect(holds('net.fqdn.host == "a.test" and net.dst.port == 2', facts)).toBe(true);
});

test('Facts.merge refuses facts of another scheme', () => {
  expect(() => new Facts(gatewayScheme).merge(new Facts(dnsScheme))).toThrow('their schemes differ');
});

test('Facts keeps two map fields apart', () => {
  const facts = new Facts(gatewayScheme);
  facts.setAttributes(SAML, new Map([['a', ['saml']]]));
  facts.setAttributes(OIDC, new Map([['a', ['oidc']]]));
  expect(holds('any(identity.saml_attributes[*] == "a=saml")', facts)).toBe(true);
  expect(holds('any(identity.oidc_claims["a"] == "oidc")', facts)).toBe(true);
});

test('Facts refuses a value of another type than the field', () => {
  expect(() => new Facts(gatewayScheme).setText(PORT, '443')).toThrow(
    "Cannot set 'net.dst.port': it holds Int, not Bytes",
  );
});
