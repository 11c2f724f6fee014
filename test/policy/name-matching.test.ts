/** FL-32: what a host or domain rule matches, to the letter, however the name is spelled. */
import { describe, expect, test } from 'vitest';
import { domainsOf } from '../../src/policy/values/domain-name.ts';
import { evaluate } from './evaluate.ts';

const HOST = 'net.fqdn.host == "bank.example.com"';
const DOMAIN = 'any(net.fqdn.domains[*] == "example.com")';
const LABEL = 'net.fqdn.host wildcard "*.example.com"';
const SUFFIX = 'net.fqdn.host matches "(^|\\.)example\\.com$"';

/** Name asked for, then whether each of the four rules matches it. */
const NAMES: ReadonlyArray<readonly [string, boolean, boolean, boolean, boolean]> = [
  ['bank.example.com', true, true, true, true],
  ['BANK.example.COM', true, true, true, true],
  ['bAnK.ExAmPlE.cOm', true, true, true, true],
  ['bank.example.com.', true, true, true, true],
  ['example.com', false, true, false, true],
  ['a.b.c.example.com', false, true, true, true],
  ['bank.example.com.evil.com', false, false, false, false],
  ['bankexample.com', false, false, false, false],
  ['notexample.com', false, false, false, false],
  ['example.com.evil.com', false, false, false, false],
  ['bank-example.com', false, false, false, false],
  ['bank.example.co', false, false, false, false],
  ['bank.example.comm', false, false, false, false],
  ['.bank.example.com', false, true, true, true],
  ['*.example.com', false, true, true, true],
  ['bank\\032.example.com', false, true, true, true],
  ['bank\u0000.example.com', false, true, true, true],
  ['bank.example.com\u0000.evil.com', false, false, false, false],
  ['bank.example.com\n.evil.com', false, false, false, false],
  // A Cyrillic "а": a homograph is another name.
  ['b\u0430nk.example.com', false, true, true, true],
  ['bank.ex\u0430mple.com', false, false, false, false],
  ['xn--bnk-5cd.example.com', false, true, true, true],
  ['com', false, false, false, false],
  ['', false, false, false, false],
];

describe('FL-32 a name is matched label by label', () => {
  for (const [name, ...expected] of NAMES) {
    test(JSON.stringify(name), () => {
      const folded = name.toLowerCase().replace(/\.$/, '');
      const context = { 'net.fqdn.host': name, 'net.fqdn.domains': domainsOf(folded) };
      const found = [HOST, DOMAIN, LABEL, SUFFIX].map((rule) => evaluate(rule, { context }));
      expect(found).toEqual(expected);
    });
  }
});

describe('FL-32 the literal is folded as the name is', () => {
  for (const literal of ['bank.example.com', 'Bank.Example.COM', 'bank.example.com.', 'BANK.EXAMPLE.COM.']) {
    test(literal, () => {
      const context = { 'net.fqdn.host': 'bank.example.com', 'net.fqdn.domains': ['bank.example.com'] };
      expect(evaluate(`net.fqdn.host == "${literal}"`, { context })).toBe(true);
      expect(evaluate(`net.fqdn.host in {"x.test" "${literal}"}`, { context })).toBe(true);
      expect(evaluate(`any(net.fqdn.domains[*] in {"${literal}"})`, { context })).toBe(true);
      expect(evaluate(`net.fqdn.host != "${literal}"`, { context })).toBe(false);
    });
  }
});

test('FL-32 a name beyond ASCII in a rule is refused and not silently never equal', () => {
  expect(evaluate('net.fqdn.host == "bücher.example"')).toBe('host name is not ASCII');
  expect(evaluate('net.fqdn.host contains "büch"')).toBe('host name is not ASCII');
  expect(evaluate('net.fqdn.host wildcard "*.büch"')).toBe('host name is not ASCII');
});
