/** A hostname that is known by several names (S5): conditions on it hold when they do for one; `!=` when for all. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Facts } from '../../src/policy/evaluation/facts.ts';
import { gatewayScheme } from '../../src/policy/language/gateway-scheme.ts';
import { compileRules } from '../../src/policy/rules/compile-rules.ts';
import type { RuleObject } from '../../src/policy/rules/rule-object.ts';
import { decideInOrder } from './decide-in-order.ts';

const HOST = gatewayScheme.require('net.fqdn.host');
const LISTS = [{ id: 'cdns', name: 'cdns', type: 'DOMAIN' as const, items: [{ value: 'cdn.example.net' }] }];

function factsOf(host: string | undefined, ...others: string[]): Facts {
  const facts = new Facts(gatewayScheme);
  if (host !== undefined) facts.setText(HOST, host);
  facts.setOtherTexts(HOST, others);
  return facts;
}

function compile(...traffic: readonly string[]) {
  const rules: RuleObject[] = traffic.map((text, index) => ({
    name: `rule ${index}`,
    enabled: true,
    filters: ['egress'],
    action: 'egress',
    traffic: text,
  }));
  const { ruleSet, problems } = compileRules(rules, LISTS);
  expect(problems.filter(({ severity }) => severity !== 'warning')).toEqual([]);
  return ruleSet;
}

const BANK = factsOf('www.bank.example', 'Bank.CDN.example.net', 'cdn.example.net');

describe('a text with others beside it', () => {
  test.each([
    ['net.fqdn.host == "www.bank.example"', true],
    ['net.fqdn.host == "bank.cdn.example.net"', true],
    ['net.fqdn.host == "shop.example"', false],
    ['net.fqdn.host in {"shop.example" "cdn.example.net"}', true],
    ['net.fqdn.host in $cdns', true],
    ['net.fqdn.host contains "cdn"', true],
    ['net.fqdn.host matches "^bank"', true],
    ['net.fqdn.host wildcard "*.cdn.example.net"', true],
    ['net.fqdn.host == "www.bank.example" and net.fqdn.host == "cdn.example.net"', true],
    // "All but the bank" must not become "the bank too" because the bank has other names.
    ['net.fqdn.host != "www.bank.example"', false],
    ['net.fqdn.host != "cdn.example.net"', false],
    ['net.fqdn.host != "shop.example"', true],
    ['not(net.fqdn.host == "cdn.example.net")', false],
    ['not(net.fqdn.host in {"shop.example"})', true],
  ])('%s: %s', (traffic, held) => {
    const rules = compile(traffic);
    expect([rules.decide(BANK) !== undefined, decideInOrder(rules, BANK) !== undefined]).toEqual([
      held,
      held,
    ]);
  });

  test('is what it was without them', () => {
    const rules = compile('net.fqdn.host == "cdn.example.net"');
    expect(rules.decide(factsOf('www.bank.example'))).toBeUndefined();
    expect(rules.decide(factsOf(undefined))).toBeUndefined();
  });

  test('is found by the index wherever trying one rule after the other finds it', () => {
    const name = fc.constantFrom(
      'a.example',
      'b.example',
      'cdn.example.net',
      'x.cdn.example.net',
      'c.example',
    );
    const condition = fc.oneof(
      fc
        .tuple(fc.constantFrom('==', '!=', 'contains', '>='), name)
        .map(([op, text]) => `net.fqdn.host ${op} "${text}"`),
      name.map((text) => `not(net.fqdn.host in {"${text}"})`),
      fc.constant('net.fqdn.host in $cdns'),
    );
    const traffic = fc.oneof(
      condition,
      fc.tuple(condition, condition).map(([one, other]) => `${one} and ${other}`),
    );
    fc.assert(
      fc.property(
        fc.array(traffic, { minLength: 1, maxLength: 6 }),
        fc.array(name, { maxLength: 4 }),
        (texts, names) => {
          const rules = compile(...texts);
          const facts = factsOf(...(names as [string, ...string[]]));
          expect(rules.decide(facts)).toBe(decideInOrder(rules, facts));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('is explained with all its names', () => {
    const rules = compile('net.fqdn.host == "cdn.example.net"');
    const [trace] = rules.explain(BANK);
    expect(trace?.parts[0]?.explanation.seen).toEqual([
      'www.bank.example',
      'bank.cdn.example.net',
      'cdn.example.net',
    ]);
  });

  test('is merged and cleared with the rest', () => {
    const facts = factsOf('a.example', 'b.example');
    facts.clear();
    expect(facts.otherTexts[HOST.slot]).toBeUndefined();
    facts.merge(BANK);
    expect(facts.otherTexts[HOST.slot]).toEqual(['bank.cdn.example.net', 'cdn.example.net']);
  });
});
