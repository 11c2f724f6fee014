import { describe, expect, test } from 'vitest';
import { NameExemption } from '../../../src/gateway/names/name-exemption.ts';
import { completeRules } from '../../../src/gateway/policy/complete-rules.ts';
import { compileRules } from '../../../src/policy/rules/compile-rules.ts';

interface Setting {
  readonly synthesize?: 'all' | 'matched';
  readonly exempt?: readonly string[];
  /** Expressions of egress rules. */
  readonly egress?: readonly string[];
  /** Expressions of network rules that block. */
  readonly blocks?: readonly string[];
}

function makeExemption({ synthesize = 'all', exempt = [], egress = [], blocks = [] }: Setting) {
  const rule = (filter: string, action: string) => (traffic: string, index: number) => {
    return { name: `${filter} ${index}`, enabled: true, action, filters: [filter], traffic };
  };
  const rules = [...egress.map(rule('egress', 'egress')), ...blocks.map(rule('l4', 'block'))];
  const policy = {
    compiled: compileRules(completeRules(rules), []),
    catalog: {
      lookup: (name: string) => ({
        applicationIds: name.endsWith('tube.example') ? [5] : [],
        applicationTypeIds: [],
        categoryIds: name.startsWith('ads.') ? [66] : [],
      }),
    },
  };
  return new NameExemption({ policy: () => policy, synthesize, exempt });
}

describe('NameExemption', () => {
  test('exempts no ordinary name unless the configuration says so', () => {
    const exemption = makeExemption({});
    expect(exemption.isExempt('bank.example.com')).toBe(false);
    expect(exemption.isExempt('example.com')).toBe(false);
  });

  test('exempts the domains of the configuration and all below them, whatever the rules say', () => {
    const exemption = makeExemption({
      exempt: ['lan.example.com'],
      egress: ['net.fqdn.host == "a.lan.example.com"'],
    });
    expect(exemption.isExempt('lan.example.com')).toBe(true);
    expect(exemption.isExempt('a.lan.example.com')).toBe(true);
    expect(exemption.isExempt('wlan.example.com')).toBe(false);
    expect(exemption.isExempt('example.com')).toBe(false);
  });

  test.each([
    ...['0.debian.pool.ntp.org', 'time.windows.com', 'captive.apple.com', 'dns.msftncsi.com'],
    ...['stun.l.google.com', 'stun3.example.com', 'connectivitycheck.gstatic.com'],
  ])('exempts %s, which misbehaves otherwise, unless a rule could select it', (name) => {
    expect(makeExemption({}).isExempt(name)).toBe(true);
    expect(makeExemption({ egress: [`net.fqdn.host == "${name}"`] }).isExempt(name)).toBe(false);
    expect(makeExemption({ egress: ['net.fqdn.host == "bank.example.com"'] }).isExempt(name)).toBe(true);
  });

  test.each(['stunning.example.com', 'captive.apple.com.evil.example', 'org', 'apple.com', 'xntp.org'])(
    'does not take %s for one of them',
    (name) => {
      expect(makeExemption({}).isExempt(name)).toBe(false);
    },
  );

  test.each([
    ['its name', { egress: ['net.fqdn.host == "bank.example.com"'] }, false],
    [
      'its name, and a port',
      { egress: ['net.fqdn.host == "bank.example.com" and net.dst.port == 443'] },
      false,
    ],
    ['its domain', { egress: ['any(net.fqdn.domains[*] == "example.com")'] }, false],
    ['its being no other', { egress: ['not(net.fqdn.host == "bank.example.com")'] }, false],
    ['a network rule', { blocks: ['net.fqdn.host == "bank.example.com"'] }, false],
    ['another name', { egress: ['net.fqdn.host == "shop.example.com"'] }, true],
    ['a category it is not in', { egress: ['any(net.fqdn.content_category[*] in {66})'] }, true],
    ['an application it is not part of', { egress: ['any(app.ids[*] in {5})'] }, true],
    ['an address alone', { egress: ['net.dst.ip in {192.0.2.0/24}'] }, true],
    ['nothing at all', { egress: [''] }, true],
    [
      'a port, or another name',
      { egress: ['net.dst.port == 443 or net.fqdn.host == "shop.example.com"'] },
      true,
    ],
  ])('synthesizes of all names only the matched ones: by %s', (_what, rules, isExempt) => {
    const exemption = makeExemption({ synthesize: 'matched', ...rules });
    expect(exemption.isExempt('bank.example.com')).toBe(isExempt);
  });

  test('judges every name anew by a new policy', () => {
    const policies = ['net.fqdn.host == "a.example"', 'net.fqdn.host == "b.example"'].map((traffic) => ({
      compiled: compileRules(
        [{ name: 'r', enabled: true, action: 'egress', filters: ['egress'], traffic }],
        [],
      ),
      catalog: { lookup: () => ({ applicationIds: [], applicationTypeIds: [], categoryIds: [] }) },
    }));
    let [policy] = policies;
    const exemption = new NameExemption({
      policy: () => {
        if (policy === undefined) throw new Error('there are two');
        return policy;
      },
      synthesize: 'matched',
      exempt: [],
    });
    expect(['a.example', 'b.example', 'a.example'].map((name) => exemption.isExempt(name))).toEqual([
      false,
      true,
      false,
    ]);
    policy = policies[1];
    expect(['a.example', 'b.example', 'a.example'].map((name) => exemption.isExempt(name))).toEqual([
      true,
      false,
      true,
    ]);
  });

  test('synthesizes names that the catalog puts into what a rule names', () => {
    const egress = ['any(net.fqdn.content_category[*] in {66})', 'any(app.ids[*] in {5})'];
    const exemption = makeExemption({ synthesize: 'matched', egress });
    expect(exemption.isExempt('ads.example.com')).toBe(false);
    expect(exemption.isExempt('www.tube.example')).toBe(false);
    expect(exemption.isExempt('www.example.com')).toBe(true);
  });

  test('synthesizes a name for the sake of a CNAME target that a rule names, when rules are held against those', () => {
    const exemption = makeExemption({
      synthesize: 'matched',
      egress: ['net.fqdn.host == "cdn.example.net"'],
    });
    expect(exemption.isExempt('shop.example.com', ['cdn.example.net'])).toBe(false);
    expect(exemption.isExempt('shop.example.com', ['other.example.net'])).toBe(true);
    expect(exemption.isExempt('shop.example.com')).toBe(true);
  });
});
