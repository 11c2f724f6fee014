import { describe, expect, test } from 'vitest';
import { EgressInventory } from '../../src/egress/egress-inventory.ts';
import { DEFAULT_PLAN, type EgressRuleSettings, planEgress } from '../../src/egress/egress-plan.ts';
import { parsePrefix } from '../../src/wire/address.ts';

const inventory = new EgressInventory({
  addresses: ['203.0.113.9', '203.0.113.10', '2001:db8:9::/64'].map((text) => ({
    prefix: parsePrefix(text) ?? expect.fail(text),
    uplink: 'wan',
    location: undefined,
  })),
  defaultIpv4: undefined,
  defaultIpv6: undefined,
});

describe('planEgress', () => {
  test('planEgress gives the default plan to a rule without egress settings', () => {
    expect(planEgress(inventory, undefined)).toEqual({ plan: DEFAULT_PLAN, problems: [] });
    expect(planEgress(inventory, {})).toEqual({ plan: DEFAULT_PLAN, problems: [] });
  });

  test('planEgress finds the addresses of a rule', () => {
    const { plan, problems } = planEgress(inventory, {
      ipv4: '203.0.113.9',
      ipv4_fallback: '203.0.113.10',
      ipv6: '2001:db8:9::c61/64',
    });
    expect(problems).toEqual([]);
    expect(plan).toMatchObject({
      ipv4: { method: 'dedicated', primary: { index: 0 }, secondary: { index: 1 } },
      ipv6: { method: 'dedicated', primary: { index: 2, prefix: { length: 64 } }, secondary: undefined },
    });
  });

  test.each<[EgressRuleSettings, string, string]>([
    [
      { ipv4: '0.0.0.0' },
      'ipv4',
      'Cannot use 0.0.0.0 as egress address: it is only allowed as ipv4_fallback',
    ],
    [{ ipv4: 'bank' }, 'ipv4', 'Cannot use bank as egress address: it is no IPv4 address'],
    [{ ipv4: '2001:db8:9::1' }, 'ipv4', 'Cannot use 2001:db8:9::1 as egress address: it is no IPv4 address'],
    [
      { ipv4: '192.0.2.1' },
      'ipv4',
      'Cannot use 192.0.2.1 as egress address: the gateway does not own it: it is not among egress.addresses',
    ],
    [
      { ipv4: '203.0.113.9', ipv4_fallback: '192.0.2.1' },
      'ipv4_fallback',
      'Cannot use 192.0.2.1 as egress address: the gateway does not own it: it is not among egress.addresses',
    ],
    [
      { ipv4: '203.0.113.9', ipv4_fallback: '203.0.113.9' },
      'ipv4_fallback',
      'Cannot fall back to 203.0.113.9: it is the address to fall back from',
    ],
    [
      { ipv4_fallback: '203.0.113.9' },
      'ipv4_fallback',
      'Cannot fall back to 203.0.113.9: there is no ipv4 to fall back from',
    ],
    [{ ipv6: '203.0.113.9' }, 'ipv6', 'Cannot use 203.0.113.9 as egress range: it is no IPv6 prefix'],
    [
      { ipv6: '2001:db8:7::/64' },
      'ipv6',
      'Cannot use 2001:db8:7::/64 as egress range: the gateway does not own it: it is not among egress.addresses',
    ],
  ])('planEgress on %o says what is wrong with %s', (settings, field, message) => {
    const { plan, problems } = planEgress(inventory, settings);
    expect(problems).toEqual([{ field, message }]);
    expect(plan).not.toEqual(DEFAULT_PLAN);
  });
});
