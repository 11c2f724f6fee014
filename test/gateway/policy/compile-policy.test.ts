import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadPolicy } from '../../../src/gateway/config/load-policy.ts';
import { compilePolicy } from '../../../src/gateway/policy/compile-policy.ts';
import { makeConfig } from '../host/host-fixture.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'syngate-compile-'));
afterAll(() => rmSync(folder, { recursive: true }));

const GOOD = `rules:
  - name: bank
    precedence: 1000
    enabled: true
    action: egress
    traffic: net.fqdn.host == "bank.example.com"
    identity: any(identity.groups[*].name in {"finance"})
    rule_settings: { egress: { ipv4: 203.0.113.9, ipv4_fallback: 198.51.100.1 } }
  - { name: rest, precedence: 2000, enabled: true, action: egress, traffic: "" }
groups: [{ name: finance }]
users:
  - { email: alice@example.com, name: Alice, groups: [finance] }
devices:
  - { name: laptop, user: alice@example.com, addresses: [10.64.0.2] }
`;

function compile(text: string, config: Parameters<typeof makeConfig>[0] = {}) {
  const file = path.join(folder, 'policy.yaml');
  writeFileSync(file, text);
  return compilePolicy(loadPolicy(file), makeConfig(config));
}

describe('compilePolicy', () => {
  test('gives rules, identities and the objects they came from', () => {
    const { compiled, identities, policy } = compile(GOOD);
    expect(compiled.ruleSet.rules.map(({ name }) => name)).toEqual(['bank', 'rest']);
    expect(identities.map(({ identity }) => identity.email)).toEqual(['alice@example.com']);
    expect(policy.rules).toHaveLength(2);
  });

  test.each([
    [
      'an expression',
      'net.fqdn.host ==',
      'net.fqdn.hots ==',
      /:6:14: rules\[0\]\.traffic: Filter parsing error/,
    ],
    [
      'an egress address that is not owned',
      '203.0.113.9',
      '203.0.113.77',
      /:8:38: .*ipv4: Cannot use 203\.0\.113\.77 .*does not own/,
    ],
    [
      'a primary without fallback',
      ', ipv4_fallback: 198.51.100.1',
      '',
      /rule_settings\.egress\.ipv4_fallback: Cannot use 203\.0\.113\.9 alone/,
    ],
    [
      'a group that is not there',
      'groups: [finance]',
      'groups: [sales]',
      /:12:55: users\[0\]\.groups\[0\]: Cannot find group sales/,
    ],
    [
      'a user that is not there',
      'user: alice',
      'user: bob',
      /:14:27: devices\[0\]\.user: Cannot find user bob/,
    ],
    [
      'a precedence twice (FL-29)',
      '2000',
      '1000',
      /:9:31: rules\[1\]\.precedence: .*precedence already exists/,
    ],
  ])('refuses %s at its place', (_name, from, to, expected) => {
    expect(() => compile(GOOD.replace(from, to))).toThrow(expected);
  });

  test('tells everything at once', () => {
    const text = GOOD.replace('203.0.113.9', '203.0.113.77').replace('user: alice', 'user: bob');
    expect(() => compile(text)).toThrow(/rules\[0\].*\n.*devices\[0\]/);
  });

  test('takes entries of lists as the API has them, and bare', () => {
    const { lists } = compile(
      'lists: [{ id: a, name: a, type: DOMAIN, items: [a.test, { value: b.test, description: ours }] }]\n',
    );
    expect(lists[0]?.items).toEqual([{ value: 'a.test' }, { value: 'b.test', description: 'ours' }]);
    expect(() => compile('lists: [{ id: a, name: a, type: IP, items: [{ adress: 10.0.0.1 }] }]\n')).toThrow(
      /items\[0\]\.adress: Cannot use the key/,
    );
  });

  test('reads expressions as the configuration says', () => {
    const text = GOOD.replace('net.fqdn.host == "bank.example.com"', 'net.dst.ip == 192.0.2.1');
    const { expressions } = makeConfig();
    expect(compile(text).expressions).toEqual(expressions);
    expect(() => compile(text, { expressions: { ...expressions, mode: 'strict' } })).toThrow(
      /rules\[0\]\.traffic: .*\n.*\n.*cannot perform this operation on type Array<Ip>/,
    );
    const limits = { ...expressions.limits, expressionBytes: 10 };
    expect(() => compile(text, { expressions: { mode: 'compat', limits } })).toThrow(
      /too long \(limit: 10\)/,
    );
  });

  test('warns of a rule that can never be reached', () => {
    const { warnings } = compile(GOOD.replace('precedence: 2000', 'precedence: 10'));
    expect(warnings.map(({ field }) => field)).toContain('rules[0]');
  });

  test('warns of network rules that are not enforced, and of what is never known', () => {
    const { warnings } = compile(`rules:
  - { name: ssh, enabled: true, filters: [l4], action: audit_ssh, traffic: net.dst.port == 22 }
  - { name: sni, enabled: true, action: egress, traffic: 'net.sni.host == "a.test" or net.sni.host == "b.test"' }
`);
    expect(warnings.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      "rules[0].action: action 'audit_ssh' of network rules is kept and not enforced",
      'rules[1].traffic: net.sni.host is never known here: conditions on it see it missing',
    ]);
  });

  test('refuses DNS rules that cannot be followed, at their place, and warns of those that are not enforced', () => {
    const rule = (rest: string) => `rules:\n  - { name: r, enabled: true, filters: [dns], ${rest} }\n`;
    expect(() => compile(rule('action: override'))).toThrow(
      /:2:.*rules\[0\].*Cannot override: either override_host or override_ips is needed/,
    );
    expect(() => compile(rule('action: block, schedule: { mon: late }'))).toThrow(
      /schedule: .*'late' is no span/,
    );
    const { warnings } = compile(rule('action: safesearch'));
    expect(warnings.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      "rules[0].action: action 'safesearch' of DNS rules is kept and not enforced",
    ]);
  });
});
