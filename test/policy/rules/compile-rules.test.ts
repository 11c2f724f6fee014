import { describe, expect, test } from 'vitest';
import { loadFacts } from '../../../src/policy/evaluation/load-facts.ts';
import { gatewayScheme } from '../../../src/policy/language/gateway-scheme.ts';
import type { ListObject } from '../../../src/policy/lists/list-object.ts';
import { compileRules } from '../../../src/policy/rules/compile-rules.ts';
import type { RuleObject } from '../../../src/policy/rules/rule-object.ts';

function rule(name: string, given: Partial<RuleObject> = {}): RuleObject {
  return { name, enabled: true, action: 'egress', filters: ['egress'], ...given };
}

/** `severity code pointer` of every problem. */
function problemsOf(rules: readonly RuleObject[], lists: readonly ListObject[] = []): readonly string[] {
  const { problems } = compileRules(rules, lists);
  return problems.map(({ severity, code, pointer, index }) => `${severity} ${code} ${index}${pointer}`);
}

test('compileRules tells every error of a rule at once, each with the expression it is in', () => {
  const broken = rule('broken', {
    traffic: 'net.dst.port = 443',
    identity: 'identity.mail == "x"',
    device_posture: 'device_posture.checks.passed[*] in {x}',
  });
  const { problems } = compileRules([rule('fine', { traffic: 'net.dst.port == 1' }), broken], []);
  expect(problems.map(({ pointer, diagnosis }) => [pointer, diagnosis?.column, diagnosis?.message])).toEqual([
    ['/traffic', 14, 'expected ComparisonOp'],
    ['/identity', 1, 'unknown identifier'],
    ['/device_posture', 37, 'invalid digit found in string while parsing with radix 16'],
  ]);
  expect(
    problems.every(({ index, name, severity }) => index === 1 && name === 'broken' && severity === 'error'),
  ).toBe(true);
});

test('compileRules files rules by their filter', () => {
  const policy = compileRules(
    [
      rule('e'),
      rule('n', { filters: ['l4'], action: 'block', traffic: 'net.dst.port == 22' }),
      rule('d', { filters: ['dns'], action: 'block', traffic: 'dns.query_rtype == "AAAA"' }),
      rule('r', { filters: ['dns_resolver'], action: 'resolve', traffic: 'dns.fqdn == "a.test"' }),
      rule('h', { filters: ['http'], action: 'allow', traffic: 'http.request.uri == "x"' }),
    ],
    [],
  );
  const names = [policy.ruleSet, policy.networkRules, policy.dnsRules, policy.resolverRules].map(
    ({ rules }) => rules.map(({ name }) => name),
  );
  expect(names).toEqual([['e'], ['n'], ['d'], ['r']]);
  expect(policy.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
});

test('compileRules gives an egress rule no DNS fields, and a DNS rule none of the connection', () => {
  const swapped = [
    rule('e', { traffic: 'dns.fqdn == "a"' }),
    rule('d', { filters: ['dns'], action: 'block', traffic: 'net.dst.port == 53' }),
  ];
  expect(problemsOf(swapped)).toEqual(['error expression 0/traffic', 'error expression 1/traffic']);
});

test('compileRules takes the default egress for a rule without egress settings', () => {
  const { ruleSet } = compileRules(
    [rule('a'), rule('b', { rule_settings: { egress: null }, precedence: 9 })],
    [],
  );
  expect(ruleSet.rules.map(({ egress }) => egress)).toEqual([undefined, undefined]);
});

test('compileRules puts rules without precedence behind all that have one', () => {
  const { ruleSet } = compileRules([rule('a'), rule('b', { precedence: 1500 }), rule('c')], []);
  expect(ruleSet.rules.map(({ name, precedence }) => [name, precedence])).toEqual([
    ['b', 1500],
    ['a', 2500],
    ['c', 3500],
  ]);
});

test('compileRules lets an egress rule say who may send to its mappings (U9)', () => {
  const nat = (filtering: string) => ({ rule_settings: { nat: { filtering } } });
  const { ruleSet, problems } = compileRules(
    [rule('a'), rule('b', nat('endpoint-independent')), rule('c', nat('address-and-port-dependent'))],
    [],
  );
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(ruleSet.rules.map(({ filtering }) => filtering)).toEqual([
    'address-and-port-dependent',
    'endpoint-independent',
    'address-and-port-dependent',
  ]);
  const block = { filters: ['l4'], action: 'block', traffic: 'net.dst.port == 1' };
  expect(
    problemsOf([rule('d', nat('open')), rule('e', { ...nat('endpoint-independent'), ...block })]),
  ).toEqual(['error nat 0/rule_settings/nat/filtering', 'error nat 1/rule_settings/nat']);
});

test('compileRules lets an egress rule keep source ports (P9)', () => {
  const nat = (source_port: string) => ({ rule_settings: { nat: { source_port } } });
  const rules = [rule('a'), rule('b', nat('preserve')), rule('c', nat('random'))];
  const { ruleSet } = compileRules(rules, []);
  expect(ruleSet.rules.map(({ sourcePort }) => sourcePort)).toEqual(['random', 'preserve', 'random']);
  expect(problemsOf([rule('d', nat('keep'))])).toEqual(['error nat 0/rule_settings/nat/source_port']);
});

test('compileRules lets an egress rule keep destinations out of the log of flows (G12)', () => {
  const log = (destination: boolean) => ({ rule_settings: { flow_log: { destination } } });
  const { ruleSet } = compileRules([rule('a'), rule('b', log(false)), rule('c', log(true))], []);
  expect(ruleSet.rules.map(({ logsDestination }) => logsDestination)).toEqual([true, false, true]);
  const block = { filters: ['l4'], action: 'block', traffic: 'net.dst.port == 1' };
  expect(problemsOf([rule('d', { ...log(false), ...block })])).toEqual([
    'error flow_log 0/rule_settings/flow_log',
  ]);
});

describe('compileRules refuses', () => {
  const egress = (settings: Readonly<Record<string, string>>) =>
    rule('r', { rule_settings: { egress: settings } });
  const rows: ReadonlyArray<readonly [string, RuleObject[], string[]]> = [
    ['another action', [rule('r', { action: 'allow' })], ['error action 0/action']],
    ['a misspelt action', [rule('r', { filters: ['dns'], action: 'blok' })], ['error action 0/action']],
    ['egress without the filter', [rule('r', { filters: ['dns'] })], ['error action 0/action']],
    [
      'an action of other filters',
      [rule('r', { filters: ['dns'], action: 'isolate' })],
      ['error action 0/action'],
    ],
    [
      'DNS override in a network rule',
      [rule('r', { filters: ['l4'], action: 'override' })],
      ['error action 0/action'],
    ],
    [
      'blocking in a resolver rule',
      [rule('r', { filters: ['dns_resolver'], action: 'block' })],
      ['error action 0/action'],
    ],
    ['two filters', [rule('r', { filters: ['egress', 'l4'] })], ['error filter 0/filters']],
    ['an unknown filter', [rule('r', { filters: ['bogus'] })], ['error filter 0/filters']],
    ['no filter', [rule('r', { filters: [], action: 'allow' })], ['error filter 0/filters']],
    ['a schedule', [rule('r', { schedule: { mon: '08:00-12:00' } })], ['error expiration 0/schedule']],
    ['an expiration', [rule('r', { expiration: { duration: 5 } })], ['error expiration 0/expiration']],
    ['ipv4 alone', [egress({ ipv4: '192.0.2.1' })], ['error egress 0/rule_settings/egress/ipv4_fallback']],
    [
      'a fallback alone',
      [egress({ ipv4_fallback: '0.0.0.0' })],
      ['error egress 0/rule_settings/egress/ipv4'],
    ],
    [
      'a fallback that is the primary',
      [egress({ ipv4: '192.0.2.1', ipv4_fallback: '192.0.2.1' })],
      ['error egress 0/rule_settings/egress/ipv4_fallback'],
    ],
    [
      '0.0.0.0 as primary',
      [egress({ ipv4: '0.0.0.0', ipv4_fallback: '192.0.2.1' })],
      ['error egress 0/rule_settings/egress/ipv4'],
    ],
    [
      'an IPv6 address as ipv4',
      [egress({ ipv4: '2001:db8::1', ipv4_fallback: '0.0.0.0' })],
      ['error egress 0/rule_settings/egress/ipv4'],
    ],
    [
      'an IPv4 prefix as ipv6',
      [egress({ ipv6: '192.0.2.0/24' })],
      ['error egress 0/rule_settings/egress/ipv6'],
    ],
    [
      'a prefix that is too long',
      [egress({ ipv6: '2001:db8::/129' })],
      ['error egress 0/rule_settings/egress/ipv6'],
    ],
    [
      'egress settings of another filter',
      [rule('r', { filters: ['l4'], action: 'allow', rule_settings: { egress: { ipv6: '2001:db8::/64' } } })],
      ['error egress 0/rule_settings/egress'],
    ],
    [
      'an id or a precedence twice',
      [
        rule('a', { id: 'x', precedence: 1 }),
        rule('b', { id: 'x', precedence: 1, traffic: 'net.dst.port == 1' }),
      ],
      ['error duplicate 1/id', 'error duplicate 1/precedence', 'warning unreachable 1'],
    ],
    [
      'an id with dashes and without',
      [
        rule('a', { id: '01302951-49f9-47c9-a400-0297e60b6a10', traffic: 'net.dst.port == 1' }),
        rule('b', { id: '0130295149F947C9A4000297E60B6A10', traffic: 'net.dst.port == 2' }),
      ],
      ['error duplicate 1/id'],
    ],
  ];
  for (const [what, rules, expected] of rows) {
    test(what, () => expect(problemsOf(rules)).toEqual(expected));
  }

  test('values that are no objects, without failing on them', () => {
    const strange: RuleObject[] = JSON.parse('[null, 5, "x", []]');
    expect(compileRules(strange, []).problems.map(({ index, code }) => [index, code])).toEqual([
      [0, 'shape'],
      [1, 'shape'],
      [2, 'shape'],
      [3, 'shape'],
    ]);
    const lists: ListObject[] = JSON.parse('[null]');
    expect(problemsOf([], lists)).toEqual(['error list 0']);
  });

  test('a precedence that a rule with errors or of another filter has', () => {
    const rules = [
      rule('a', { precedence: 1, traffic: 'x' }),
      rule('b', { precedence: 1, filters: ['http'], action: 'allow' }),
    ];
    expect(problemsOf(rules)).toEqual([
      'error duplicate 1/precedence',
      'error expression 0/traffic',
      'warning not_enforced 1/filters',
    ]);
  });

  test('a shape that is no rule, without failing on it', () => {
    const strange: RuleObject[] = JSON.parse(
      '[{"name": 5}, {"name": "a", "action": "egress", "traffic": ["x"]}]',
    );
    expect(problemsOf(strange)).toEqual([
      'error shape 0/name',
      'error shape 0/action',
      'error shape 1/traffic',
    ]);
  });
});

test('compileRules accepts what the API and its samples send', () => {
  const sample = rule('sample', {
    rule_settings: { egress: { ipv4: '2.2.2.2', ipv4_fallback: '1.1.1.1', ipv6: '2a06:98c1:54::c61/64' } },
    schedule: null,
    expiration: null,
    traffic: '',
    created_at: '2026-01-01T00:00:00Z',
  });
  expect(problemsOf([sample])).toEqual([]);
});

describe('compileRules doubts', () => {
  const rows: ReadonlyArray<readonly [string, RuleObject[], string[]]> = [
    ['a rule that nobody enabled', [{ name: 'r', action: 'egress' }], ['warning disabled 0/enabled']],
    [
      'an identity that nobody has',
      [rule('r', { identity: 'identity.email != "a@b.test"' })],
      ['warning anonymous 0/identity'],
    ],
    [
      'a rule behind a catch-all, and not one before it',
      [
        rule('a', { precedence: 3, traffic: 'net.dst.port == 1' }),
        rule('b', { precedence: 2 }),
        rule('c', { precedence: 1, traffic: 'net.dst.port == 2' }),
      ],
      ['warning unreachable 0'],
    ],
    [
      'a rule with the conditions of an earlier one',
      [rule('a', { traffic: 'net.dst.port == 1' }), rule('b', { traffic: 'net.dst.port == 1' })],
      ['warning unreachable 1'],
    ],
    [
      'a rule with more conditions than an earlier one that has the same among its own',
      [
        rule('a', { traffic: 'net.dst.port == 1' }),
        rule('b', { traffic: ' net.dst.port == 1', identity: 'identity.email == "a@b.test"' }),
        rule('c', { identity: 'identity.email == "a@b.test"' }),
        rule('d', { traffic: 'net.dst.port == 2', identity: 'identity.email == "a@b.test"' }),
      ],
      ['warning unreachable 1', 'warning unreachable 3'],
    ],
    [
      'an array without any()',
      [rule('a', { traffic: 'net.src.ip[*] in {10.0.0.0/8}' })],
      ['warning implicit_any 0/traffic'],
    ],
    [
      'a range with a dash, which is two numbers',
      [rule('a', { traffic: 'net.dst.port in {22 80-90}' })],
      ['warning never_matches 0/traffic'],
    ],
    [
      'an address that looks like a prefix',
      [rule('a', { traffic: 'net.src.internal_src_ip in {10.0.0.0/8 192.0.2}' })],
      ['warning never_matches 0/traffic'],
    ],
    [
      'a regex with letters that no host name has',
      [rule('a', { traffic: 'net.fqdn.host matches "bücher"' })],
      ['warning never_matches 0/traffic'],
    ],
  ];
  for (const [what, rules, expected] of rows) {
    test(what, () => expect(problemsOf(rules)).toEqual(expected));
  }

  test('no rule behind a disabled catch-all', () => {
    expect(problemsOf([rule('a', { enabled: false }), rule('b')])).toEqual([]);
  });

  test('no rule behind one that is not always in force', () => {
    const dns = { filters: ['dns'], action: 'block' };
    const schedule = { mon: '08:00-17:00' };
    expect(problemsOf([rule('a', { ...dns, schedule }), rule('b', dns)])).toEqual([]);
  });

  test('no DNS rule about what was found behind one that allows every question', () => {
    const dns = { filters: ['dns'], action: 'block' };
    const found = rule('b', { ...dns, traffic: 'any(dns.resolved_ips[*] in {10.0.0.0/8})' });
    expect(problemsOf([rule('a', { ...dns, action: 'allow' }), found])).toEqual([]);
    expect(problemsOf([rule('a', dns), found])).toEqual(['warning unreachable 1']);
  });

  test('no rule behind one that is not enforced', () => {
    const l4 = { filters: ['l4'], traffic: 'net.dst.port == 22' };
    const rules = [rule('a', { ...l4, action: 'audit_ssh' }), rule('b', { ...l4, action: 'block' })];
    expect(problemsOf(rules)).toEqual([]);
  });

  test('no rule of one filter behind one of another', () => {
    expect(problemsOf([rule('a', { filters: ['l4'], action: 'allow' }), rule('b')])).toEqual([]);
  });
});

test('compileRules tells what is wrong with a list and its entries', () => {
  const strange: ListObject[] = JSON.parse(`[
    {"id": "1-1", "name": "a", "type": "IP", "items": ["10.0.0.0/8", "10.0.0.1/8", "x"]},
    {"id": "11", "name": "b", "type": "DOMAIN", "items": [{"value": "*.example.com"}, {"value": "ok.test"}]},
    {"id": "3", "name": "c", "type": "WHAT"}
  ]`);
  expect(problemsOf([], strange)).toEqual([
    'error list 0/items/1',
    'error list 0/items/2',
    'error list 1/id',
    'error list 1/items/0',
    'error list 2/type',
  ]);
});

test('compileRules is pure: two calls give sets that decide alike', () => {
  const rules = [rule('a', { traffic: 'net.dst.port == 1' }), rule('b')];
  const { facts } = loadFacts({ 'net.dst.port': 1 }, gatewayScheme);
  const decide = () => compileRules(structuredClone(rules), []).ruleSet.decide(facts)?.name;
  expect([decide(), decide()]).toEqual(['a', 'a']);
});

test('compileRules refuses __proto__ and constructor as fields and survives them as keys', () => {
  expect(problemsOf([rule('a', { traffic: '__proto__ == "x"' })])).toEqual(['error expression 0/traffic']);
  const hostile: Record<string, unknown> = JSON.parse('{"__proto__": {"net.dst.port": 1}, "constructor": 2}');
  expect(loadFacts(hostile, gatewayScheme).unknownKeys).toEqual(['__proto__', 'constructor']);
});
