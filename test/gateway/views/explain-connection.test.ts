import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EgressHealth } from '../../../src/egress/egress-health.ts';
import { EgressInventory } from '../../../src/egress/egress-inventory.ts';
import type { ExplainQuery } from '../../../src/gateway/control/explanation.ts';
import { explainConnection } from '../../../src/gateway/views/explain-connection.ts';
import { IdentityDirectory } from '../../../src/identity/identity-directory.ts';
import { compileRules } from '../../../src/policy/rules/compile-rules.ts';
import type { Lease } from '../../../src/synthetic/lease.ts';
import { formatAddress } from '../../../src/wire/address.ts';
import { addressBytes, joinEndpoint } from '../../support/address-text.ts';
import { buildRequest, sourceOf } from '../../support/client-packets.ts';
import {
  DESTINATIONS,
  EGRESS,
  EGRESS_SETTINGS,
  HOST_ADDRESSES,
  SECRET,
} from '../../support/datapath-fixture.ts';
import { parsePacket } from '../../support/parse-packet.ts';
import { BANK_RULE, makePolicy, type RuleText, syntheticOf } from '../../support/policy-fixture.ts';
import { FAMILIES, LEASES, PARTIES, tellStory } from '../../support/story.ts';

const HALF = 0x300;
const ONLY_IPV4 = leaseOf(HALF, 'half.example.com', ['192.0.2.9'], undefined);
const KNOWN: readonly Lease[] = [
  ...LEASES.map(({ slot, hostname, real4, real6 }) =>
    leaseOf(slot, hostname, real4.map(formatAddress), real6.map(formatAddress)),
  ),
  ONLY_IPV4,
];
const TAKEN = [...HOST_ADDRESSES, '2001:db8:9::fe'].map(addressBytes);

function leaseOf(
  slot: number,
  hostname: string,
  real4: readonly string[] | undefined,
  real6: readonly string[] | undefined,
): Lease {
  const real = (texts: readonly string[] | undefined) =>
    texts && { addresses: texts.map(addressBytes), aliases: [], refreshAtMs: 0 };
  return {
    slot,
    hostname,
    ipv4: addressBytes(syntheticOf(slot, 4)),
    ipv6: addressBytes(syntheticOf(slot, 6)),
    real4: real(real4),
    real6: real(real6),
  };
}

function surroundingsOf(rules: readonly RuleText[], down: readonly number[] = []) {
  const policy = makePolicy(rules);
  const health = EgressHealth.create(EGRESS.length);
  for (const index of down) health.set(index, 'down');
  const none = { applicationIds: [], applicationTypeIds: [], categoryIds: [] };
  return {
    policy: {
      compiled: compileRules(policy.rules, []),
      catalog: { lookup: () => none },
      directory: new IdentityDirectory(policy.identities),
      identities: policy.identities,
    },
    geolocation: { lookup: () => undefined },
    leaseIssuer: {
      pool: {
        find: (hostname: string) => KNOWN.find((lease) => lease.hostname === hostname),
        leaseOf: (address: Uint8Array) =>
          KNOWN.find(({ ipv4, ipv6 }) =>
            [ipv4, ipv6].some((own) => own !== undefined && formatAddress(own) === formatAddress(address)),
          ),
      },
      record: ({ hostname, slot }: Lease) => ({
        host: hostname,
        ipv4: syntheticOf(slot, 4),
        ipv6: syntheticOf(slot, 6),
        real4: [],
        real6: [],
        expiresAt: null,
        flows: 0,
      }),
    },
    health: {
      describe: (index: number) => ({
        index,
        state: health.state(index),
        sinceMs: 0,
        reason: 'said so',
        falls: 0,
      }),
    },
    egress: { inventory: new EgressInventory(EGRESS_SETTINGS), health, secret: SECRET, taken: TAKEN },
    destinations: DESTINATIONS,
  };
}

function explain(
  query: ExplainQuery,
  rules: readonly RuleText[] = [BANK_RULE],
  down: readonly number[] = [],
) {
  return explainConnection(query, surroundingsOf(rules, down));
}

describe('explainConnection', () => {
  test('tells who, what and why, and the address in each family', () => {
    const explained = explain({ host: 'Bank.Example.com.', source: '10.64.0.2' });
    expect(explained).toMatchObject({
      user: 'alice@example.com',
      lease: { host: 'bank.example.com' },
      decidedBy: { name: 'bank' },
      ipv4: { address: '203.0.113.9', method: 'dedicated', role: 'primary', uplink: 'wan' },
      ipv6: { address: '2001:db8:1::2', method: 'dedicated', role: 'primary', uplink: 'wan' },
      facts: { 'net.fqdn.host': 'bank.example.com', 'net.dst.ip': '192.0.2.198', 'net.dst.port': 443 },
    });
    expect(explained.ipv4?.reason).toBe('primary address, unproven: said so');
    expect(explained.rules).toMatchObject([{ name: 'bank', holds: true, enabled: true }]);
  });

  test.each([
    ['another user', { host: 'bank.example.com', source: '10.64.0.3' }, 'bob@example.com'],
    ['nobody', { host: 'bank.example.com', source: '10.64.0.77' }, null],
    ['an unsaid client', { host: 'bank.example.com' }, null],
  ])('says what fails the rule for %s', (_who, query, user) => {
    const explained = explain(query);
    expect(explained).toMatchObject({
      user,
      decidedBy: null,
      ipv4: { address: '198.51.100.1', role: 'default' },
    });
    const [rule] = explained.rules;
    expect(rule?.holds).toBe(false);
    expect(rule?.parts.find(({ field }) => field === 'identity')?.because.join()).toMatch(/groups/);
  });

  test('takes the user that is named, whatever the address says', () => {
    const query = { host: 'bank.example.com', source: '10.64.0.3', user: 'Alice@example.com' };
    expect(explain(query)).toMatchObject({ user: 'alice@example.com', decidedBy: { name: 'bank' } });
  });

  test('takes a synthetic address for the name behind it, in its own family', () => {
    const explained = explain({ destination: PARTIES[6].bank, user: 'alice@example.com' });
    expect(explained).toMatchObject({
      facts: { 'net.fqdn.host': 'bank.example.com', 'net.dst.ip': '2001:db8:2::198' },
      decidedBy: { name: 'bank' },
      ipv4: null,
      ipv6: { address: '2001:db8:1::2' },
    });
  });

  test.each([
    ['a synthetic address that no name has', PARTIES[4].unknown, 'synthetic-unknown'],
    ['a name without an address of the family', syntheticOf(HALF, 6), 'lease-without-address'],
    ['an egress address', '203.0.113.10', 'hairpin'],
    ['another client', 'fd00:64::9', 'destination-forbidden'],
    ['a private network', '10.1.2.3', 'destination-forbidden'],
  ])('refuses %s as the datapath does', (_what, destination, reason) => {
    const explained = explain({ destination });
    const egress = destination.includes(':') ? explained.ipv6 : explained.ipv4;
    expect(egress).toEqual({ address: null, method: 'default', role: null, uplink: null, reason });
    expect(destination.includes(':') ? explained.ipv4 : explained.ipv6).toBeNull();
    expect(explained.decidedBy).toBeNull();
  });

  test('holds each family against the rules with its own destination', () => {
    const rules = [
      {
        name: 'by-address',
        traffic: 'any(net.dst.ip[*] in {2001:db8:2::/48})',
        ipv4: '203.0.113.9',
        fallback: '203.0.113.10',
        ipv6: '2001:db8:1::2',
      },
    ];
    const { ipv4, ipv6 } = explain({ host: 'bank.example.com' }, rules);
    expect([ipv4?.address, ipv6?.address]).toEqual(['198.51.100.1', '2001:db8:1::2']);
  });

  test('assumes the address that is given for a name', () => {
    const explained = explain({ host: 'bank.example.com', destination: '192.0.2.50' });
    expect(explained).toMatchObject({ facts: { 'net.dst.ip': '192.0.2.50' }, ipv6: null });
    expect(explained.ipv4?.address).toBe('198.51.100.1');
  });

  test('explains a name that has no lease in both families', () => {
    const explained = explain({ host: 'never.example.com' });
    expect(explained).toMatchObject({ lease: null, facts: { 'net.dst.ip': null } });
    expect([explained.ipv4?.address, explained.ipv6?.address]).toEqual(['198.51.100.1', '2001:db8:1::1']);
  });

  test('names the range where the address depends on a client that is not said', () => {
    const rules = [
      { name: 'range', traffic: '', ipv4: '203.0.113.9', fallback: '0.0.0.0', ipv6: '2001:db8:9::/64' },
    ];
    expect(explain({ host: 'bank.example.com' }, rules).ipv6?.address).toBe('2001:db8:9::/64');
    const told = explain({ host: 'bank.example.com', source: 'fd00:64::2' }, rules).ipv6?.address;
    expect(told).toMatch(/^2001:db8:9:0?:.*[0-9a-f]$/);
  });

  test('gives ICMP no port', () => {
    const rules = [{ name: 'web', traffic: 'net.dst.port == 443', blocks: true }];
    const icmp = explain({ host: 'bank.example.com', protocol: 'icmp' }, rules);
    expect(icmp).toMatchObject({ decidedBy: null, facts: { 'net.dst.port': null } });
    const tcp = explain({ host: 'bank.example.com' }, rules);
    expect(tcp).toMatchObject({
      decidedBy: { name: 'web' },
      ipv4: { address: null, reason: 'blocked by web' },
    });
  });

  test.each([
    [{}, /a host or a destination is needed/],
    [{ destination: 'bank' }, /Cannot use bank as destination: it is no IP address/],
    [{ host: 'a.b', source: '10.64.0.256' }, /Cannot use 10\.64\.0\.256 as source/],
    [{ host: 'a.b', user: 'eve@example.com' }, /Cannot explain for user eve@example\.com/],
  ])('refuses %o', (query, message) => {
    expect(() => explain(query)).toThrow(message);
    expect(() => explain(query)).toThrow(expect.objectContaining({ code: 'EREFUSED' }));
  });

  const dedicated = { ipv4: '203.0.113.9', fallback: '203.0.113.10', ipv6: '2001:db8:9::/64' };
  const RULES: readonly RuleText[] = [
    BANK_RULE,
    { name: 'to-address', traffic: 'any(net.dst.ip[*] in {192.0.2.77 2001:db8:2::77})', ...dedicated },
    { name: 'bob', identity: 'identity.email == "bob@example.com"', ...dedicated, fallback: '0.0.0.0' },
    { name: 'shops', traffic: 'any(net.fqdn.domains[*] in {"shop.example.com"})', ...dedicated },
    { name: 'no-web', traffic: 'net.dst.port == 80', blocks: true },
    { name: 'no-udp', traffic: 'net.protocol == "udp"', blocks: true },
    { name: 'lan', traffic: 'any(net.src.ip[*] in {10.64.0.0/30 fd00:64::/126})', ...dedicated },
  ];

  test('agrees with what the datapath does', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...RULES]),
        fc.subarray(EGRESS.map((_, index) => index)),
        fc.constantFrom(...FAMILIES),
        fc.constantFrom('alice', 'bob', 'stranger' as const),
        fc.constantFrom('bank', 'shop', 'unknown', 'server', 'otherServer', 'bankEgress' as const),
        fc.constantFrom(80, 443),
        fc.constantFrom('tcp', 'udp' as const),
        (rules, down, family, who, whom, port, protocol) => {
          const { [who]: source, [whom]: destination } = PARTIES[family];
          const gateway = tellStory({ rules });
          for (const index of down) gateway.health.set(index, 'down');
          const { wan, spare } = gateway.send(
            buildRequest(protocol, joinEndpoint(source, 40_000), joinEndpoint(destination, port)),
          );
          const [left] = [...wan, ...spare].map(({ packet }) => sourceOf(parsePacket(packet)).address);
          const explained = explain({ source, destination, port, protocol }, rules, down);
          expect((family === 4 ? explained.ipv4 : explained.ipv6)?.address ?? undefined).toBe(left);
        },
      ),
      { numRuns: 60 },
    );
  });
});
