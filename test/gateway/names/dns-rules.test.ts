import { describe, expect, test } from 'vitest';
import { findDnsErrors, findDnsWarnings } from '../../../src/gateway/names/check-dns-rules.ts';
import { DnsRules } from '../../../src/gateway/names/dns-rules.ts';
import { completeRules } from '../../../src/gateway/policy/complete-rules.ts';
import { IdentityDirectory } from '../../../src/identity/identity-directory.ts';
import { readIdentities } from '../../../src/identity/read-identities.ts';
import { compileRules } from '../../../src/policy/rules/compile-rules.ts';
import type { RuledQuestion } from '../../../src/resolver/answer/question-rules.ts';
import { RecordType } from '../../../src/wire/dns/codes.ts';
import { addressBytes } from '../../support/address-text.ts';
import { PEOPLE } from '../../support/policy-fixture.ts';

interface DnsRuleText {
  readonly name: string;
  readonly action: string;
  readonly traffic?: string;
  readonly identity?: string;
  readonly rule_settings?: Record<string, unknown>;
  readonly schedule?: Record<string, unknown>;
  readonly expiration?: Record<string, unknown>;
  readonly enabled?: boolean;
}

const ALICE = addressBytes('10.64.0.2');
const BOB = addressBytes('10.64.0.3');
const NOON = Date.parse('2026-11-23T12:00:00Z'); // a Monday

function compile(rules: readonly DnsRuleText[], filter = 'dns') {
  const objects = completeRules(rules.map((rule) => ({ enabled: true, filters: [filter], ...rule })));
  const compiled = compileRules(objects, []);
  const errors = compiled.problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  return compiled;
}

function makeRules(rules: readonly DnsRuleText[], clock = { wallMs: NOON }) {
  const policy = {
    compiled: compile(rules),
    directory: new IdentityDirectory(readIdentities(PEOPLE).entries),
    catalog: {
      lookup: (name: string) => ({
        applicationIds: name.endsWith('tube.example') ? [5] : [],
        applicationTypeIds: [],
        categoryIds: name.startsWith('ads.') ? [66, 1] : name.startsWith('evil.') ? [117, 21] : [],
      }),
    },
  };
  return new DnsRules({
    policy: () => policy,
    geolocation: () => ({
      lookup: (address) => (address[0] === 192 ? { country: 'DE', continent: 'EU' } : undefined),
    }),
    blockReply: 'nxdomain',
    wallClock: () => clock.wallMs,
  });
}

function ask(name: string, type: keyof typeof RecordType = 'A', client = ALICE): RuledQuestion {
  return { name, type: RecordType[type], client };
}

function found(...addresses: readonly string[]) {
  return { addresses: addresses.map(addressBytes), aliases: ['edge.cdn.example'] };
}

const BLOCK = { name: 'block', action: 'block' };

describe('DnsRules', () => {
  test.each([
    ['the name', 'dns.fqdn == "ads.example.com"', ask('ads.example.com'), ask('www.example.com')],
    ['a domain', 'any(dns.domains[*] == "example.com")', ask('a.b.example.com'), ask('example.org')],
    ['a category', 'any(dns.content_category[*] in {66})', ask('ads.example.org'), ask('www.example.org')],
    [
      'a security category',
      'any(dns.security_category[*] in {117})',
      ask('evil.example.org'),
      ask('www.example.org'),
    ],
    ['an application', 'any(app.ids[*] in {5})', ask('www.tube.example'), ask('tube.example.org')],
    ['the client', 'dns.src_ip in {10.64.0.3}', ask('x.example', 'A', BOB), ask('x.example')],
    ['a type', 'dns.query_rtype == "MX"', ask('x.example', 'MX'), ask('x.example', 'A')],
  ])('blocks by %s, and nothing else', (_what, traffic, hit, miss) => {
    const rules = makeRules([{ ...BLOCK, traffic }]);
    expect(rules.judgeQuestion(hit)).toMatchObject({ kind: 'block', reason: 'blocked by policy' });
    expect(rules.judgeQuestion(miss)).toBeUndefined();
  });

  test('blocks by who asks, known by the address that asks', () => {
    const rules = makeRules([{ ...BLOCK, identity: 'identity.email == "bob@example.com"' }]);
    expect(rules.judgeQuestion(ask('x.example', 'A', BOB))).toBeDefined();
    expect(rules.judgeQuestion(ask('x.example', 'A', ALICE))).toBeUndefined();
    expect(rules.judgeQuestion(ask('x.example', 'A', addressBytes('10.64.0.9')))).toBeUndefined();
  });

  test('blocks one family with no data, so that the other is still found (D15)', () => {
    const rules = makeRules([{ ...BLOCK, traffic: 'dns.query_rtype == "AAAA"' }]);
    expect(rules.judgeQuestion(ask('x.example', 'AAAA'))).toMatchObject({ reply: 'no-data' });
    expect(rules.judgeQuestion(ask('x.example', 'A'))).toBeUndefined();
  });

  test('blocks a name with the reply that the configuration says, and the reason that the rule says', () => {
    const rules = makeRules([{ ...BLOCK, rule_settings: { block_reason: 'no games at work' } }]);
    expect(rules.judgeQuestion(ask('x.example'))).toEqual({
      kind: 'block',
      reply: 'nxdomain',
      reason: 'no games at work',
    });
  });

  test('lets the first rule that matches decide, an allowing one too', () => {
    const rules = makeRules([
      { name: 'allow', action: 'allow', traffic: 'dns.fqdn == "good.example.com"' },
      { ...BLOCK, traffic: 'any(dns.domains[*] == "example.com")' },
    ]);
    expect(rules.judgeQuestion(ask('good.example.com'))).toBeUndefined();
    expect(rules.judgeQuestion(ask('bad.example.com'))).toBeDefined();
  });

  test('asks no disabled rule, and none whose action is not enforced', () => {
    const rules = makeRules([
      { ...BLOCK, enabled: false },
      { name: 'safe', action: 'safesearch' },
    ]);
    expect(rules.judgeQuestion(ask('x.example'))).toBeUndefined();
  });

  test.each([
    [
      'addresses',
      { override_ips: ['198.51.100.7'] },
      { kind: 'addresses', addresses: [addressBytes('198.51.100.7')] },
    ],
    ['another host', { override_host: 'Safe.Example.' }, { kind: 'other-host', hostname: 'safe.example' }],
  ])('overrides with %s', (_what, rule_settings, ruling) => {
    const rules = makeRules([{ name: 'override', action: 'override', rule_settings }]);
    expect(rules.judgeQuestion(ask('x.example'))).toEqual(ruling);
  });

  test.each([
    ['an address', 'any(dns.resolved_ips[*] in {192.0.2.0/24})'],
    ['a country', 'any(dns.dst.geo.country[*] == "DE")'],
    ['a CNAME target', 'any(dns.response.cname[*] == "edge.cdn.example")'],
  ])('blocks by %s it leads to only when that is known', (_what, traffic) => {
    const rules = makeRules([{ ...BLOCK, traffic }]);
    expect(rules.judgeQuestion(ask('x.example'))).toBeUndefined();
    expect(rules.judgeAnswer(ask('x.example'), found('198.51.100.7', '192.0.2.5'))).toBeDefined();
    const elsewhere = { addresses: [addressBytes('198.51.100.7')], aliases: [] };
    expect(rules.judgeAnswer(ask('x.example'), elsewhere)).toBeUndefined();
  });

  test('asks rules about the question alone but once', () => {
    const rules = makeRules([{ ...BLOCK, traffic: 'not(dns.fqdn == "x.example")' }]);
    expect(rules.judgeAnswer(ask('y.example'), found('192.0.2.5'))).toBeUndefined();
  });

  test.each<[string, Partial<DnsRuleText>, boolean]>([
    ['a name', { traffic: 'dns.fqdn == "x.example"' }, true],
    [
      'a category and a type',
      { traffic: 'any(dns.content_category[*] in {66}) and dns.query_rtype == "A"' },
      true,
    ],
    ['where it leads', { traffic: 'any(dns.dst.geo.country[*] == "DE")' }, true],
    ['who asks', { identity: 'identity.email == "bob@acme.example"' }, false],
    ['where the question comes from', { traffic: 'dns.src_ip == 10.64.0.2' }, false],
    ['a name at certain hours', { schedule: { mon: '08:00-12:30', time_zone: 'UTC' } }, false],
    ['a name until a moment', { expiration: { expires_at: '2026-11-30T12:00:00Z', duration: 60 } }, false],
    ['who asks, while it is off', { identity: 'identity.email == "bob@acme.example"', enabled: false }, true],
  ])('says whether all clients are treated alike at any time, by a rule about %s', (_what, rule, uniform) => {
    const other = { ...BLOCK, name: 'other', traffic: 'dns.fqdn == "y.example"' };
    expect(makeRules([other, { ...BLOCK, ...rule }]).areUniform()).toBe(uniform);
  });

  test('treats all clients alike without a rule', () => {
    expect(makeRules([]).areUniform()).toBe(true);
  });

  test('keeps a rule to its hours, and to its end', () => {
    const clock = { wallMs: NOON };
    const rules = makeRules(
      [
        {
          ...BLOCK,
          schedule: { mon: '08:00-12:30', time_zone: 'UTC' },
          expiration: { expires_at: '2026-11-30T12:00:00Z', duration: 60 },
        },
      ],
      clock,
    );
    const isBlocked = (text: string) => {
      clock.wallMs = Date.parse(text);
      return rules.judgeQuestion(ask('x.example')) !== undefined;
    };
    expect(isBlocked('2026-11-23T12:29:59Z')).toBe(true);
    expect(isBlocked('2026-11-23T12:30:00Z')).toBe(false);
    expect(isBlocked('2026-11-24T10:00:00Z')).toBe(false);
    expect(isBlocked('2026-11-30T11:59:00Z')).toBe(true);
    expect(isBlocked('2026-11-30T12:00:00Z')).toBe(false);
  });
});

describe('findDnsErrors()', () => {
  test.each([
    [
      'an override without a target',
      { name: 'o', action: 'override' },
      'rule_settings',
      /either override_host or/,
    ],
    [
      'an override with both',
      {
        name: 'o',
        action: 'override',
        rule_settings: { override_host: 'a.example', override_ips: ['192.0.2.1'] },
      },
      'rule_settings',
      /either override_host or/,
    ],
    [
      'an address that is none',
      { name: 'o', action: 'override', rule_settings: { override_ips: ['192.0.2'] } },
      'rule_settings',
      /'192.0.2' is no IP address/,
    ],
    [
      'a host that is none',
      { name: 'o', action: 'override', rule_settings: { override_host: 'a..b' } },
      'rule_settings',
      /'a..b' is no hostname/,
    ],
    [
      'settings of another type',
      { name: 'b', action: 'block', rule_settings: { block_reason: 7 } },
      'rule_settings',
      /^Cannot read rule_settings: block_reason: .*expected string/,
    ],
    ['hours that are none', { ...BLOCK, schedule: { mon: '8-12' } }, 'schedule', /'8-12' is no span/],
    [
      'a zone that is none',
      { ...BLOCK, schedule: { time_zone: 'Mars/Base' } },
      'schedule',
      /no time zone 'Mars/,
    ],
    ['an end that is none', { ...BLOCK, expiration: { expires_at: 'soon' } }, 'expiration', /RFC 3339/],
  ])('refuses %s', (_what, rule, field, message) => {
    const errors = findDnsErrors(compile([rule]).dnsRules.rules);
    expect(errors).toMatchObject([{ field, message: expect.stringMatching(message) }]);
  });

  test('finds nothing wrong with a sound rule', () => {
    expect(findDnsErrors(compile([BLOCK]).dnsRules.rules)).toEqual([]);
  });
});

describe('findDnsWarnings()', () => {
  test('tells of actions and fields that do nothing here, and of resolver rules', () => {
    const traffic = 'dns.location == "office"';
    const dns = compile([
      { ...BLOCK, traffic },
      { name: 'safe', action: 'safesearch' },
    ]);
    expect(findDnsWarnings(dns).map(({ field, message }) => [field, message])).toEqual([
      ['traffic', expect.stringContaining('dns.location is never known here')],
      ['action', expect.stringContaining("'safesearch' of DNS rules is kept and not enforced")],
    ]);
    const resolver = compile([{ name: 'internal', action: 'resolve' }], 'dns_resolver');
    expect(findDnsWarnings(resolver)).toMatchObject([
      { message: expect.stringContaining('resolver.forward') },
    ]);
    expect(findDnsWarnings(compile([BLOCK]))).toEqual([]);
  });
});
