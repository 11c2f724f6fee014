/** Who takes part in the datapath's tests, in both families, and the datapath that knows their names. */
import { DatapathFixture, type FixtureOptions } from './datapath-fixture.ts';
import { BANK_RULE, makeLease, syntheticOf } from './policy-fixture.ts';

const BANK = 0x102;
const SHOP = 0x103;

export const FAMILIES = [4, 6] as const;
export const PARTIES = {
  4: {
    alice: '10.64.0.2',
    bob: '10.64.0.3',
    stranger: '10.64.0.77',
    spoofed: '10.65.0.2',
    bank: syntheticOf(BANK, 4),
    shop: syntheticOf(SHOP, 4),
    unknown: syntheticOf(0x999, 4),
    server: '192.0.2.198',
    otherServer: '192.0.2.77',
    bankEgress: '203.0.113.9',
    defaultEgress: '198.51.100.1',
    router: '100.80.0.1',
  },
  6: {
    alice: 'fd00:64::2',
    bob: 'fd00:64::3',
    stranger: 'fd00:64::77',
    spoofed: 'fd00:65::2',
    bank: syntheticOf(BANK, 6),
    shop: syntheticOf(SHOP, 6),
    unknown: syntheticOf(0x999, 6),
    server: '2001:db8:2::198',
    otherServer: '2001:db8:2::77',
    bankEgress: '2001:db8:1::2',
    defaultEgress: '2001:db8:1::1',
    router: '2606:4700:cf1:4000::1',
  },
} as const;

/** Bank and shop are two names of one real address; only the bank has a rule. */
export const LEASES = [
  makeLease(BANK, 'bank.example.com', { ipv4: ['192.0.2.198'], ipv6: ['2001:db8:2::198'] }),
  makeLease(SHOP, 'shop.example.com', { ipv4: ['192.0.2.198'], ipv6: ['2001:db8:2::198'] }),
];
export const BANK_SLOT = BANK;

export function tellStory(options: FixtureOptions = {}): DatapathFixture {
  const fixture = new DatapathFixture({ rules: [BANK_RULE], ...options });
  for (const lease of LEASES) fixture.post({ type: 'lease', lease });
  fixture.fetch();
  return fixture;
}
