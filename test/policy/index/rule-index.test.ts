/**
 * The index decides as the plain loop does, on random rule sets over a small vocabulary, so that much is hit, and half
 * hit. Bounded here; SYNGATE_RULE_SETS=10000 tries more.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadFacts } from '../../../src/policy/evaluation/load-facts.ts';
import { gatewayScheme } from '../../../src/policy/language/gateway-scheme.ts';
import type { ListObject } from '../../../src/policy/lists/list-object.ts';
import { compileRules } from '../../../src/policy/rules/compile-rules.ts';
import type { RuleObject } from '../../../src/policy/rules/rule-object.ts';
import { decideInOrder } from '../decide-in-order.ts';

const RULE_SETS = Number(process.env.SYNGATE_RULE_SETS ?? 400);

const NAMES = ['a.test', 'www.a.test', 'b.a.test', 'mail.example.com', 'example.com', 'com', 'K.example.com'];
const PARTS = ['.test', 'a', 'mail', 'example', 'mple.com', 'ww.a.te', 'EXAMPLE', 'zzzz'];
const ADDRESSES = [
  '10.0.0.1',
  '10.0.0.9',
  '10.1.0.1',
  '192.0.2.1',
  '2001:db8::1',
  '2001:db8::1:0:0:1',
  'ff02::1',
];
const PREFIXES = ['10.0.0.0/8', '10.0.0.0/24', '0.0.0.0/0', '2001:db8::/32', '2001:db8::/64', '::/0'];
const SPANS = ['10.0.0.1..10.0.0.8', '10.0.0.9..10.1.0.1', '2001:db8::..2001:db8::1'];
const NUMBERS = [0, 1, 80, 443, 1023, 65535, -1, 4294967296, 9007199254740991];
const USERS = ['ann@a.test', 'bob@b.test'];
const GROUPS = ['dev', 'ops', 'naïve'];
const PATTERNS = [
  ...[
    '^mail[.]example[.]com$',
    '(?i)EXAMPLE',
    '[.]com$',
    '^(www|mail)[.]',
    '(mail|www)[.](example|a)',
    'a?b*',
  ],
  ...[
    'exam(ple)?[.]com',
    '(exam)+ple',
    'mail.*com',
    'x{0}a.test',
    'example{2}',
    'exampl(?:e|E)',
    '(?i:MAIL)',
  ],
  ...[
    'mail|',
    '(?x)mail # com',
    '(?u)(?i)\\x{212a}.example',
    '(?i)(?u)[.]k',
    'm[a]il',
    '[^m]ail',
    '[[:alpha:]]+[.]com',
  ],
  ...[
    'mail\\.example',
    '\\x6dail',
    '^$',
    'a++',
    'mail+?',
    'mail+*',
    '(?P<x>mail)[.]',
    'ma(?i)IL',
    '\\bmail\\b',
  ],
] as const;

const TEXTS: Readonly<Record<string, readonly string[]>> = {
  'net.fqdn.host': NAMES,
  'identity.email': USERS,
  'identity.name': [...GROUPS, ...NAMES, '\u212a.example'],
  'net.protocol': ['tcp', 'udp'],
};
const ARRAYS: Readonly<Record<string, readonly string[]>> = {
  'net.fqdn.domains': NAMES,
  'identity.groups.name': GROUPS,
  'identity.groups.id': GROUPS,
  'device_posture.checks.passed': GROUPS,
};

const quoted = (text: string) => `"${text}"`;
const pick = <T>(values: readonly T[]) => fc.constantFrom(...values);
const set = (items: fc.Arbitrary<string>) =>
  fc.array(items, { minLength: 1, maxLength: 3 }).map((chosen) => `{${chosen.join(' ')}}`);
const ORDERS = ['==', '!=', '<', '<=', '>', '>='];

const joined = (...parts: ReadonlyArray<fc.Arbitrary<string>>) =>
  fc.tuple(...parts).map((words) => words.join(' '));

function onText(values: readonly string[]): fc.Arbitrary<string> {
  const literal = pick(values).map(quoted);
  return fc.oneof(
    { weight: 3, arbitrary: joined(pick(['==', '==', ...ORDERS]), literal) },
    { weight: 2, arbitrary: joined(fc.constant('in'), set(literal)) },
    joined(fc.constant('contains'), pick(PARTS).map(quoted)),
    joined(
      pick(['wildcard', 'strict wildcard']),
      pick(PARTS).map((part) => quoted(`*${part}*`)),
    ),
    joined(pick(['wildcard', 'strict wildcard']), literal),
    { weight: 2, arbitrary: joined(fc.constant('matches'), pick(PATTERNS).map(quoted)) },
  );
}

const onInteger = fc.oneof(
  joined(pick(['==', ...ORDERS, '&']), pick(NUMBERS).map(String)),
  joined(fc.constant('in'), set(fc.oneof(pick(NUMBERS).map(String), pick(['0..80', '81..443', '-5..5'])))),
);
const onAddress = fc.oneof(
  joined(pick(['==', ...ORDERS]), pick(ADDRESSES)),
  joined(fc.constant('in'), set(pick([...ADDRESSES, ...PREFIXES, ...SPANS]))),
  pick(['in $addresses', 'in $nets']),
  joined(pick(['==', '!=']), pick(PREFIXES).map(quoted)),
);
const onName = fc.oneof({ weight: 4, arbitrary: onText(NAMES) }, pick(['in $names', 'in $hosts']));
const onCategory = fc.oneof({ weight: 4, arbitrary: onInteger }, pick(['in $numbers']));

const scalar = fc.oneof(
  joined(fc.constant('net.fqdn.host'), onName),
  ...Object.entries(TEXTS).map(([field, values]) => joined(fc.constant(field), onText(values))),
  joined(pick(['net.dst.port', 'net.src.port', 'app.ids[0]']), onInteger),
  joined(pick(['net.src.internal_src_ip', 'net.dst.ip[0]', 'net.dst.ip[1]']), onAddress),
  joined(fc.constant('identity.groups[0].name'), onText(GROUPS)),
  joined(fc.constant('identity.saml_attributes["team"][0]'), onText(GROUPS)),
);
const element = fc.oneof(
  joined(fc.constant('net.fqdn.domains[*]'), onName),
  ...Object.entries(ARRAYS).map(([field, values]) => joined(fc.constant(`${field}[*]`), onText(values))),
  joined(fc.constant('identity.saml_attributes["team"][*]'), onText(GROUPS)),
  joined(fc.constant('identity.saml_attributes[*]'), onText(['team=dev', 'team=ops'])),
  joined(fc.constant('app.ids[*]'), onInteger),
  joined(fc.constant('net.fqdn.content_category[*]'), onCategory),
  joined(pick(['net.dst.ip[*]', 'net.src.ip[*]']), onAddress),
);

/** Nested logic over what `leaf` makes. */
function logic(leaf: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 4, arbitrary: leaf },
      { weight: 3, arbitrary: fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => `(${a} and ${b})`) },
      { weight: 2, arbitrary: fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => `(${a} or ${b})`) },
      { weight: 1, arbitrary: fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => `(${a} xor ${b})`) },
      { weight: 1, arbitrary: tie('tree').map((a) => `not(${a})`) },
    ),
  })).tree;
}

const quantified = fc
  .tuple(pick(['any', 'any', 'any', 'all']), logic(element))
  .map(([kind, tree]) => `${kind}(${tree})`);
const expression = logic(fc.oneof(scalar, quantified));

/** Precedences are dealt out afterwards, so that no two are equal. */
const ruleSets = fc
  .array(
    fc.record({
      enabled: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
      traffic: fc.oneof({ weight: 8, arbitrary: expression }, fc.constant('')),
      identity: fc.oneof(expression, { weight: 2, arbitrary: fc.constant('') }),
      device_posture: fc.oneof(quantified, { weight: 5, arbitrary: fc.constant('') }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .chain((rules) =>
    fc
      .shuffledSubarray(
        rules.map((_, index) => index),
        { minLength: rules.length },
      )
      .map((precedences) =>
        rules.map((rule, index): RuleObject => {
          return { ...rule, name: `r${index}`, action: 'egress', precedence: precedences[index] ?? 0 };
        }),
      ),
  );

const lists: fc.Arbitrary<readonly ListObject[]> = fc
  .record({
    names: fc.subarray(NAMES),
    hosts: fc.subarray(NAMES),
    addresses: fc.subarray([...ADDRESSES, ...PREFIXES]),
    nets: fc.subarray(PREFIXES),
    numbers: fc.subarray(['0', '1', '80', '4294967296']),
  })
  .map(({ names, hosts, addresses, nets, numbers }) => [
    { id: '1', name: 'names', type: 'DOMAIN', items: names },
    { id: '2', name: 'hosts', type: 'DOMAIN', items: hosts },
    { id: '3', name: 'addresses', type: 'IP', items: addresses },
    { id: '4', name: 'nets', type: 'IP', items: nets },
    { id: '5', name: 'numbers', type: 'CATEGORY', items: numbers },
  ]);

/** Every field may be missing, and so may an element of an array. */
const contexts = fc.record(
  {
    ...mapValues(TEXTS, (values) => pick(values)),
    ...mapValues(ARRAYS, (values) => fc.array(pick([...values, null]), { maxLength: 3 })),
    'net.dst.port': pick(NUMBERS),
    'net.src.port': pick(NUMBERS),
    'app.ids': fc.array(pick([...NUMBERS, null]), { maxLength: 3 }),
    'net.fqdn.content_category': fc.array(pick(NUMBERS), { maxLength: 3 }),
    'net.dst.ip': fc.array(pick([...ADDRESSES, null]), { maxLength: 2 }),
    'net.src.ip': fc.array(pick(ADDRESSES), { maxLength: 2 }),
    'net.src.internal_src_ip': pick(ADDRESSES),
    'identity.saml_attributes': fc.record({ team: fc.array(pick(GROUPS), { maxLength: 2 }) }),
  },
  { requiredKeys: [] },
);

function mapValues<V, W>(object: Readonly<Record<string, V>>, map: (value: V) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}

describe('RuleSet.decide', () => {
  test('finds the rule that trying one after the other finds', { timeout: 600_000 }, () => {
    const decided = { some: 0, none: 0 };
    const compareOn = (
      rules: readonly RuleObject[],
      given: readonly ListObject[],
      seen: readonly object[],
    ) => {
      const { ruleSet, problems } = compileRules(rules, given);
      expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
      for (const context of seen) {
        const { facts } = loadFacts({ ...context }, gatewayScheme);
        const plainly = decideInOrder(ruleSet, facts);
        expect(ruleSet.decide(facts)?.name).toBe(plainly?.name);
        decided[plainly === undefined ? 'none' : 'some']++;
      }
    };
    const settings = { numRuns: RULE_SETS };
    fc.assert(
      fc.property(ruleSets, lists, fc.array(contexts, { minLength: 8, maxLength: 8 }), compareOn),
      settings,
    );
    // Both answers must be frequent, or the comparison says little.
    expect(Math.min(decided.some, decided.none)).toBeGreaterThan(RULE_SETS / 4);
  });
});
