import { describe, expect, test } from 'vitest';
import { runPolicyCase } from '../../../src/gateway/policy/run-policy-case.ts';

const RULE = {
  id: 'bank',
  name: 'bank',
  enabled: true,
  action: 'egress',
  filters: ['egress'],
  traffic: 'net.fqdn.host == "bank.example.com"',
  rule_settings: { egress: { ipv4: '203.0.113.9', ipv4_fallback: '203.0.113.10', ipv6: '2001:db8:9::/64' } },
};
const context = { 'net.fqdn.host': 'bank.example.com', 'net.dst.ip': ['192.0.2.198'] };
const bank = { name: 'bank', rules: [RULE], context, expect_rule: 'bank' };

describe('runPolicyCase judges an expression', () => {
  test.each([
    ['net.dst.port == 443', { 'net.dst.port': 443 }, true, true],
    ['net.dst.port == 443', { 'net.dst.port': 80 }, true, false],
    ['net.dst.port ==', {}, 'error', true],
    ['net.dst.port == 443', {}, 'error', false],
  ])('%s over %j expecting %s: %s', (traffic, facts, expected, passed) => {
    expect(runPolicyCase({ name: 'x', traffic, context: facts, expect: expected }).passed).toBe(passed);
  });
});

describe('runPolicyCase judges rules and the egress address', () => {
  test.each([
    [
      'IPv4 where no destination is known',
      { context: { ...context, 'net.dst.ip': [] } },
      { method: 'dedicated', ipv4: '203.0.113.9' },
    ],
    ['the primary', {}, { method: 'dedicated', ipv4: '203.0.113.9' }],
    [
      'the secondary (S10)',
      { down: ['203.0.113.9'] },
      { method: 'dedicated', ipv4: '203.0.113.10', why: 'primary_down' },
    ],
    ['none, never the default (S10, FL-27)', { down: ['203.0.113.9', '203.0.113.10'] }, { method: 'none' }],
    ['a range for IPv6', {}, { method: 'dedicated', ipv6: '2001:db8:9::/64' }],
    ['the default when no rule holds', { context: {}, expect_rule: null }, { method: 'default' }],
  ])('%s', (_name, change, expect_egress) => {
    expect(runPolicyCase({ ...bank, ...change, expect_egress })).toMatchObject({ passed: true, notes: [] });
  });

  test.each([
    ['another rule', { expect_rule: 'other' }, 'expected rule other, got bank'],
    [
      'another address',
      { expect_egress: { method: 'dedicated', ipv4: '203.0.113.10' } },
      'expected egress dedicated 203.0.113.10, got dedicated 203.0.113.9 (primary)',
    ],
    [
      'another method',
      { expect_egress: { method: 'default' } },
      'expected egress default, got dedicated 203.0.113.9 (primary)',
    ],
    [
      'an address where none is left',
      { down: ['203.0.113.9', '203.0.113.10'], expect_egress: { method: 'default' } },
      'expected egress default, got none (egress-none-healthy)',
    ],
  ])('and tells what came instead of %s', (_name, change, note) => {
    expect(runPolicyCase({ ...bank, ...change })).toEqual({ name: 'bank', passed: false, notes: [note] });
  });
});

describe('runPolicyCase judges the egress of an expression', () => {
  const given = {
    name: 'x',
    traffic: '',
    egress: { ipv4: '203.0.113.9', ipv4_fallback: '0.0.0.0' },
    expect: true,
  };

  test.each([
    ['the primary', [], { method: 'dedicated', ipv4: '203.0.113.9' }, []],
    ['the default', ['203.0.113.9'], { method: 'default', why: 'primary_down' }, []],
    ['none when the default is down too', ['203.0.113.9', '0.0.0.0'], { method: 'none' }, []],
    ['none when the default is down by name', ['203.0.113.9', 'default'], { method: 'none' }, []],
    [
      'the default, whose address no case knows',
      ['203.0.113.9'],
      { method: 'default', ipv4: '198.51.100.1' },
      [],
    ],
    [
      'and tells another',
      [],
      { method: 'default' },
      ['expected egress default, got dedicated 203.0.113.9 (primary)'],
    ],
    [
      'and tells an address out of service that is none',
      ['203.0.113.9', 'nonsense'],
      { method: 'default' },
      ['cannot read "nonsense" in "down": it is no address'],
    ],
  ])('%s', (_name, down, expect_egress, notes) => {
    expect(runPolicyCase({ ...given, down, expect_egress })).toEqual({
      name: 'x',
      passed: notes.length === 0,
      notes,
    });
  });
});

test('runPolicyCase tells where each error of an expression stands', () => {
  const given = {
    name: 'x',
    traffic: 'net.dst.prot == 1',
    identity: 'identity.email = "x"',
    expect: 'error',
  };
  expect(runPolicyCase(given)).toMatchObject({
    passed: true,
    notes: [],
    errors: [
      {
        part: 'traffic',
        kind: 'unknown_field',
        line: 1,
        column: 1,
        length: 12,
        message: 'unknown identifier',
      },
      { part: 'identity', kind: 'syntax', line: 1, column: 16, length: 5, message: 'expected ComparisonOp' },
    ],
  });
});

describe('runPolicyCase fails a case that is none', () => {
  test.each([
    [5, '(no name)', 'the case: Cannot use 5: expected object'],
    [{ traffic: '' }, '(no name)', 'name: Cannot leave it out: expected string'],
    [{ name: 'x', traffic: '' }, 'x', 'expect: Cannot leave it out: expected boolean, or expected "error"'],
    [{ name: 'x', expect: 'yes' }, 'x', 'expect: Cannot use "yes": expected boolean, or expected "error"'],
    [{ name: 'x', rules: [] }, 'x', 'the case: Cannot use {"name":"x","rules":[]}: nothing is expected'],
    [{ name: 'x', rules: {}, expect_rule: null }, 'x', 'rules: Cannot use {}: expected array'],
    [{ name: 'x', traffic: 5, expect: true }, 'x', 'rule x traffic: Cannot use 5: expected string'],
    [
      { ...bank, rules: [{ ...RULE, rule_settings: { egress: { ipv4: 5 } } }] },
      'bank',
      'rule bank rule_settings.egress.ipv4: Cannot use 5: expected string',
    ],
    [
      { name: 'x', traffic: '', expect: true, lists: { a: { type: 'DOMIAN', items: [] } } },
      'x',
      'list a type: Cannot use "DOMIAN": expected one of',
    ],
  ])('%j', (given, name, fault) => {
    const result = runPolicyCase(given);
    expect(result).toMatchObject({ name, passed: false });
    expect(result.notes.join('\n')).toContain(fault);
  });
});

test('runPolicyCase expects rules to be refused', () => {
  const rules = [{ ...RULE, traffic: 'net.dst.port =' }];
  expect(runPolicyCase({ name: 'x', rules, expect: 'error' }).passed).toBe(true);
  expect(runPolicyCase({ name: 'x', rules: [RULE], expect: 'error' }).passed).toBe(false);
  expect(runPolicyCase({ name: 'x', rules: [RULE], expect_rule: 'error' }).passed).toBe(false);
});
