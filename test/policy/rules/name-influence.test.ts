import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Facts } from '../../../src/policy/evaluation/facts.ts';
import { gatewayScheme } from '../../../src/policy/language/gateway-scheme.ts';
import { compileRules } from '../../../src/policy/rules/compile-rules.ts';
import { makeNameInfluence } from '../../../src/policy/rules/name-influence.ts';

const NAME_FIELDS = new Set(['net.fqdn.host', 'net.fqdn.domains']);
const HOST = gatewayScheme.require('net.fqdn.host');
const DOMAINS = gatewayScheme.require('net.fqdn.domains');
const PORT = gatewayScheme.require('net.dst.port');
const EMAIL = gatewayScheme.require('identity.email');
const HOSTS = ['bank.example.com', 'shop.example.com', 'example.org'];
const PORTS = [80, 443];
const EMAILS = ['alice@example.com', 'bob@example.com', undefined];

function compile(traffic: string, enabled = true) {
  const rule = { name: 'rule', enabled, action: 'egress', filters: ['egress'], traffic };
  const { ruleSet, problems } = compileRules([rule], []);
  const [compiled] = ruleSet.rules;
  if (compiled === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return compiled;
}

function nameFacts(host: string | undefined): Facts {
  const facts = new Facts(gatewayScheme);
  if (host === undefined) return facts;
  facts.setText(HOST, host);
  facts.setTexts(
    DOMAINS,
    host.split('.').map((_, index, labels) => labels.slice(index).join('.')),
  );
  return facts;
}

/** Whether any connection at all is treated otherwise with the name than without. */
function differs(traffic: string, host: string): boolean {
  const { matches } = compile(traffic);
  return PORTS.some((port) =>
    EMAILS.some((email) => {
      const outcomes = [host, undefined].map((name) => {
        const facts = nameFacts(name);
        facts.setInteger(PORT, port);
        if (email !== undefined) facts.setText(EMAIL, email);
        return matches(facts);
      });
      return outcomes[0] !== outcomes[1];
    }),
  );
}

const comparison = fc.constantFrom(
  ...HOSTS.map((host) => `net.fqdn.host == "${host}"`),
  'net.fqdn.host != "shop.example.com"',
  'any(net.fqdn.domains[*] == "example.com")',
  'all(net.fqdn.domains[*] == "example.com")',
  'not(any(net.fqdn.domains[*] in {"example.org" "example.com"}))',
  'net.dst.port == 443',
  'net.dst.port in {1..100}',
  'identity.email == "alice@example.com"',
  'not(identity.email == "alice@example.com")',
);

const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    comparison,
    fc
      .tuple(fc.constantFrom('and', 'or', 'xor'), tie('tree'), tie('tree'))
      .map(([word, one, other]) => `(${one} ${word} ${other})`),
    tie('tree').map((operand) => `not(${operand})`),
  ),
}));

describe('makeNameInfluence()', () => {
  test('never misses a rule that treats some connection to the name otherwise', () => {
    fc.assert(
      fc.property(tree, fc.constantFrom(...HOSTS), (traffic, host) => {
        const influences = makeNameInfluence(compile(traffic), NAME_FIELDS);
        fc.pre(differs(traffic, host));
        expect(influences(nameFacts(host), nameFacts(undefined))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['a rule without the name', 'net.dst.port == 443', 'bank.example.com'],
    ['another name', 'net.fqdn.host == "shop.example.com" and net.dst.port == 443', 'bank.example.com'],
    [
      'another name beside a user',
      'identity.email == "a@b.c" or net.fqdn.host == "shop.example.com"',
      'bank.example.com',
    ],
  ])('is false for %s', (_what, traffic, host) => {
    expect(differs(traffic, host)).toBe(false);
    expect(makeNameInfluence(compile(traffic), NAME_FIELDS)(nameFacts(host), nameFacts(undefined))).toBe(
      false,
    );
  });

  test('is false for a rule that is disabled', () => {
    const rule = compile('net.fqdn.host == "bank.example.com"', false);
    const influences = makeNameInfluence(rule, NAME_FIELDS);
    expect(influences(nameFacts('bank.example.com'), nameFacts(undefined))).toBe(false);
  });
});
