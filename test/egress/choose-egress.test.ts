import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { chooseEgress, type EgressChoice, type EgressRefusal } from '../../src/egress/choose-egress.ts';
import { EgressInventory } from '../../src/egress/egress-inventory.ts';
import { DEFAULT_PLAN, type EgressRuleSettings, planEgress } from '../../src/egress/egress-plan.ts';
import {
  type Address,
  type Family,
  formatAddress,
  formatPrefix,
  type Prefix,
  parseAddress,
  parsePrefix,
} from '../../src/wire/address.ts';

const SECRET = new Uint8Array(32).fill(7);
const DEFAULT4 = '198.51.100.1';
const inventory = new EgressInventory({
  addresses: [
    '203.0.113.9',
    '203.0.113.10',
    '198.51.100.20',
    DEFAULT4,
    '2001:db8:9::/64',
    '2001:db8:1::1',
  ].map((text) => ({ prefix: prefix(text), uplink: 'wan', location: undefined })),
  defaultIpv4: ip(DEFAULT4),
  defaultIpv6: prefix('2001:db8:1::1'),
});

/** Chooses with the named addresses out of service, and tells it in one line. */
function choose(
  settings: EgressRuleSettings | undefined,
  family: Family,
  down: readonly string[] = [],
  resting: readonly string[] = [],
): string {
  const { plan } = planEgress(inventory, settings);
  return tell(
    chooseEgress(plan, family, 'alice@acme.test', {
      inventory,
      health: without(down, resting),
      secret: SECRET,
    }),
  );
}

describe('chooseEgress for IPv4', () => {
  const bank = { ipv4: '203.0.113.9', ipv4_fallback: '203.0.113.10' };
  const orDefault = { ipv4: '203.0.113.9', ipv4_fallback: '0.0.0.0' };
  const alone = { ipv4: '203.0.113.9' };
  const gone = { ipv4: '203.0.113.99', ipv4_fallback: '203.0.113.10' };

  test.each<[EgressRuleSettings | undefined, string[], string, string]>([
    [undefined, [], 'default default 198.51.100.1', 'no rule'],
    [{}, [], 'default default 198.51.100.1', 'a rule without egress settings'],
    [undefined, [DEFAULT4], 'egress-none-healthy', 'no rule, default down'],
    [bank, [], 'dedicated primary 203.0.113.9', 'primary up'],
    [bank, ['203.0.113.9'], 'dedicated secondary 203.0.113.10', 'primary down (row S10)'],
    [
      bank,
      ['203.0.113.9', '203.0.113.10'],
      'egress-none-healthy',
      'both down: never the default (row FL-27)',
    ],
    [orDefault, [], 'dedicated primary 203.0.113.9', '0.0.0.0 is only a fallback'],
    [orDefault, ['203.0.113.9'], 'default secondary 198.51.100.1', '0.0.0.0 is the default method'],
    [orDefault, ['203.0.113.9', DEFAULT4], 'egress-none-healthy', 'the default method is down too'],
    [alone, ['203.0.113.9'], 'egress-none-healthy', 'no secondary: never the default'],
    [gone, [], 'dedicated secondary 203.0.113.10', 'primary taken away (row FL-25)'],
    [{ ipv4: '203.0.113.99' }, [], 'egress-no-address', 'the only address taken away (row FL-25)'],
    [{ ipv6: '2001:db8:9::/64' }, [], 'default default 198.51.100.1', 'a rule that names only IPv6'],
  ])('chooseEgress with %o and %o down: %s (%s)', (settings, down, expected) => {
    expect(choose(settings, 4, down)).toBe(expected);
  });
});

describe('chooseEgress when addresses rest after flapping (FL-26)', () => {
  const PRIMARY = '203.0.113.9';
  const SECONDARY = '203.0.113.10';
  const bank = { ipv4: PRIMARY, ipv4_fallback: SECONDARY };

  test.each<[EgressRuleSettings | undefined, string[], string[], string]>([
    [bank, [], [PRIMARY], `dedicated secondary ${SECONDARY}`],
    [bank, [SECONDARY], [PRIMARY], `dedicated primary ${PRIMARY}`],
    [bank, [PRIMARY], [SECONDARY], `dedicated secondary ${SECONDARY}`],
    [bank, [], [PRIMARY, SECONDARY], `dedicated primary ${PRIMARY}`],
    [{ ipv4: PRIMARY }, [], [PRIMARY], `dedicated primary ${PRIMARY}`],
    [undefined, [], [DEFAULT4], `default default ${DEFAULT4}`],
    [bank, [PRIMARY, SECONDARY], [], 'egress-none-healthy'],
  ])('chooseEgress with %o, %o down and %o resting: %s', (settings, down, resting, expected) => {
    expect(choose(settings, 4, down, resting)).toBe(expected);
  });
});

describe('chooseEgress for IPv6', () => {
  const range = { ipv4: '203.0.113.9', ipv4_fallback: '0.0.0.0', ipv6: '2001:db8:9::/64' };

  test('chooseEgress takes an address inside the range of the rule, whatever happens to IPv4', () => {
    expect(choose(range, 6, ['203.0.113.9', DEFAULT4])).toMatch(
      /^dedicated primary 2001:db8:9:0?:[0-9a-f:]+$/,
    );
  });

  test.each<[EgressRuleSettings | undefined, string[], string, string]>([
    [range, ['2001:db8:9::/64'], 'egress-none-healthy', 'the range is down, and IPv6 has no secondary'],
    [{ ipv4: '203.0.113.9' }, [], 'default default 2001:db8:1::1', 'a rule without ipv6'],
    [{ ipv6: '2001:db8:9::5/128' }, [], 'dedicated primary 2001:db8:9::5', 'one address of a range'],
    [{ ipv6: '2001:db8:77::/64' }, [], 'egress-no-address', 'a range the gateway does not own'],
  ])('chooseEgress with %o and %o down: %s (%s)', (settings, down, expected) => {
    expect(choose(settings, 6, down)).toBe(expected);
  });

  test('chooseEgress refuses IPv6 when there is no default of that family', () => {
    const only4 = new EgressInventory({
      addresses: [{ prefix: prefix(DEFAULT4), uplink: 'wan', location: undefined }],
      defaultIpv4: ip(DEFAULT4),
      defaultIpv6: undefined,
    });
    const surroundings = { inventory: only4, health: without([]), secret: SECRET };
    expect(chooseEgress(DEFAULT_PLAN, 6, 'alice', surroundings)).toBe('egress-no-address');
    expect(tell(chooseEgress(DEFAULT_PLAN, 4, 'alice', surroundings))).toBe(`default default ${DEFAULT4}`);
  });
});

describe('chooseEgress on the policy scenarios', () => {
  for (const scenario of readScenarios())
    test(`chooseEgress: ${scenario.name}`, () => {
      const rule =
        scenario.rules.find(({ id }) => id === scenario.expect_rule) ?? expect.fail('no such rule');
      const { method, ipv4, why } = scenario.expect_egress;
      const told = choose(rule.rule_settings.egress ?? undefined, 4, scenario.down);
      const expected = {
        dedicated: `dedicated .* ${ipv4}`,
        default: `default .* ${DEFAULT4}`,
        none: 'egress-none-healthy',
      };
      expect(told).toMatch(new RegExp(`^${expected[method]}$`));
      expect(told.includes('secondary')).toBe(why === 'primary_down');
    });
});

interface Scenario {
  readonly name: string;
  readonly rules: readonly {
    readonly id: string;
    readonly rule_settings: { readonly egress?: EgressRuleSettings };
  }[];
  readonly down: readonly string[];
  readonly expect_rule: string;
  readonly expect_egress: {
    readonly method: 'dedicated' | 'default' | 'none';
    readonly ipv4?: string;
    readonly why?: string;
  };
}

function readScenarios(): Scenario[] {
  return JSON.parse(readFileSync(new URL('../conformance/policy-scenarios.json', import.meta.url), 'utf8'));
}

function without(down: readonly string[], resting: readonly string[] = []) {
  const isIn = (names: readonly string[], index: number) => {
    const text = formatPrefix(inventory.addresses[index]?.prefix ?? expect.fail('no such index'));
    return names.includes(text) || names.includes(text.replace(/\/(32|128)$/, ''));
  };
  return {
    isUp: (index: number) => !isIn(down, index) && !isIn(resting, index),
    answers: (index: number) => !isIn(down, index),
  };
}

function tell(choice: EgressChoice | EgressRefusal): string {
  return typeof choice === 'string'
    ? choice
    : `${choice.method} ${choice.role} ${formatAddress(choice.address)}`;
}

function ip(text: string): Address {
  return parseAddress(text) ?? expect.fail(text);
}

function prefix(text: string): Prefix {
  return parsePrefix(text) ?? expect.fail(text);
}
