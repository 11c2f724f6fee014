import { describe, expect, test } from 'vitest';
import { loadFacts } from '../../../src/policy/evaluation/load-facts.ts';
import { gatewayScheme } from '../../../src/policy/language/gateway-scheme.ts';
import { compileRules } from '../../../src/policy/rules/compile-rules.ts';
import type { RuleObject } from '../../../src/policy/rules/rule-object.ts';
import { decideInOrder } from '../decide-in-order.ts';

const RULES: readonly RuleObject[] = [
  {
    name: 'last',
    enabled: true,
    action: 'egress',
    precedence: 900,
    traffic: 'net.protocol in {"tcp" "udp"}',
  },
  { name: 'off', enabled: false, action: 'egress', precedence: 1 },
  {
    name: 'bank',
    enabled: true,
    action: 'egress',
    precedence: 100,
    traffic: 'net.fqdn.host == "bank.example.com"',
    identity: 'any(identity.groups[*].name in {"finance"})',
    device_posture: 'any(device_posture.checks.passed[*] == "disk")',
    rule_settings: { egress: { ipv4: '203.0.113.9', ipv4_fallback: '0.0.0.0', ipv6: '2001:db8::/64' } },
  },
];
const { ruleSet } = compileRules(RULES, []);

const BANK = {
  'net.fqdn.host': 'bank.example.com',
  'net.protocol': 'tcp',
  'identity.groups': [{ name: 'finance' }],
  'device_posture.checks.passed': ['disk'],
};

function decide(context: Readonly<Record<string, unknown>>): string | undefined {
  return ruleSet.decide(loadFacts(context, gatewayScheme).facts)?.name;
}

describe('RuleSet.decide', () => {
  const rows: ReadonlyArray<readonly [string, Readonly<Record<string, unknown>>, string | undefined]> = [
    ['takes the rule of lowest precedence whose three parts hold', BANK, 'bank'],
    ['goes on when the identity does not hold', { ...BANK, 'identity.groups': [] }, 'last'],
    ['goes on when the identity is missing', { ...BANK, 'identity.groups': null }, 'last'],
    ['goes on when the posture does not hold', { ...BANK, 'device_posture.checks.passed': ['x'] }, 'last'],
    ['goes on when the traffic does not hold', { ...BANK, 'net.fqdn.host': 'www.example.com' }, 'last'],
    ['finds none when none holds', { 'net.protocol': 'icmp' }, undefined],
  ];
  for (const [what, context, expected] of rows) test(what, () => expect(decide(context)).toBe(expected));
});

test('RuleSet.rules stand in order of precedence, disabled ones too', () => {
  expect(ruleSet.rules.map(({ name }) => name)).toEqual(['off', 'bank', 'last']);
});

test('RuleSet.decide gives the egress settings of the rule', () => {
  const { facts } = loadFacts(BANK, gatewayScheme);
  expect(ruleSet.decide(facts)?.egress).toEqual({
    ipv4: '203.0.113.9',
    ipv4_fallback: '0.0.0.0',
    ipv6: '2001:db8::/64',
  });
});

test('RuleSet.explain shows each rule with what held and the values that were seen', () => {
  const { facts } = loadFacts(
    { ...BANK, 'identity.groups': [{ name: 'sales' }, { name: 'emea' }] },
    gatewayScheme,
  );
  const traces = ruleSet.explain(facts);
  expect(traces.map(({ rule, matched, decided }) => [rule.name, matched, decided])).toEqual([
    ['off', true, false],
    ['bank', false, false],
    ['last', true, true],
  ]);
  expect(traces[1]?.parts.map(({ part, explanation }) => [part, explanation])).toEqual([
    [
      'traffic',
      { text: 'net.fqdn.host == "bank.example.com"', held: true, seen: ['bank.example.com'], parts: [] },
    ],
    [
      'identity',
      {
        text: 'any(identity.groups[*].name in {"finance"})',
        held: false,
        parts: [
          {
            text: 'identity.groups[*].name in {"finance"}',
            held: undefined,
            seen: ['sales', 'emea'],
            parts: [],
          },
        ],
      },
    ],
    [
      'device_posture',
      {
        text: 'any(device_posture.checks.passed[*] == "disk")',
        held: true,
        parts: [
          { text: 'device_posture.checks.passed[*] == "disk"', held: undefined, seen: ['disk'], parts: [] },
        ],
      },
    ],
  ]);
});

test.each(['l4_override', 'audit_ssh'])('RuleSet.decide passes over a rule that would %s', (action) => {
  const l4 = { enabled: true, filters: ['l4'], traffic: 'net.dst.port == 22' };
  const { networkRules } = compileRules(
    [
      { ...l4, name: 'kept', action },
      { ...l4, name: 'block', action: 'block' },
    ],
    [],
  );
  const { facts } = loadFacts({ 'net.dst.port': 22 }, gatewayScheme);
  expect(networkRules.decide(facts)?.name).toBe('block');
  expect(decideInOrder(networkRules, facts)?.name).toBe('block');
  expect(networkRules.explain(facts).map(({ rule, decided }) => [rule.name, decided])).toEqual([
    ['kept', false],
    ['block', true],
  ]);
});
