import { describe, expect, test } from 'vitest';
import type { HostFacts } from '../../../src/gateway/host/host-facts.ts';
import { planGuard, planGuardRemoval } from '../../../src/gateway/host/plan-guard.ts';
import { prefixOf } from '../../support/policy-fixture.ts';
import { makeConfig, makeFacts, parseAddresses } from './host-fixture.ts';

const LINKS: HostFacts['links'] = new Map(
  ['lan0', 'wan0', 'wan9'].map((name) => [name, { mtu: 1500, kind: undefined }]),
);
const guard = planGuard(makeConfig(), makeFacts());

describe('planGuard', () => {
  test('replaces whatever guard there is in one transaction', () => {
    expect(guard.startsWith(planGuardRemoval())).toBe(true);
    expect(planGuardRemoval()).toMatch(/^add table netdev (\S+)\ndelete table netdev \1\nadd table inet/);
  });

  test('names the egress addresses, those the host has as well, and the allowed destinations', () => {
    expect(guard).toContain(
      'set egress0_4 { type ipv4_addr; flags interval; auto-merge; elements = { 203.0.113.9/32, 198.51.100.1/32 } }',
    );
    expect(guard).toContain(
      'set shared0_4 { type ipv4_addr; flags interval; auto-merge; elements = { 198.51.100.1/32 } }',
    );
    expect(guard).toContain(
      'set allowed0_4 { type ipv4_addr; flags interval; auto-merge; elements = { 10.9.0.0/16 } }',
    );
    expect(guard).toContain(
      'set egress0_6 { type ipv6_addr; flags interval; auto-merge; elements = { 2001:db8:9::/64 } }',
    );
  });

  test('counts the synthetic ranges as private (A1)', () => {
    expect(guard).toMatch(/set private4 .*100\.80\.0\.0\/16/);
    expect(guard).toMatch(/set private6 .*2606:4700:cf1:4000::\/64/);
  });

  test('drops by default on the way out', () => {
    expect(guard).toContain('type filter hook egress device "wan0" priority filter; policy drop;');
  });

  test('gives the NAT’s ports of a shared address to nobody else', () => {
    expect(guard).toContain('ip daddr @shared0_4 udp dport { 1024-8442, 8444-32767, 61000-65535 } drop');
    expect(guard).toContain('ip daddr { 198.51.100.1 } tcp dport { 22, 8443 } accept');
  });

  test('has no rule about shared addresses where the host has none of them', () => {
    const none = planGuard(makeConfig(), makeFacts({ addresses: parseAddresses('192.0.2.7') }));
    expect(none).not.toMatch(/tcp dport|@shared\S+ udp dport/);
  });

  test('tracks neither questions to the resolver nor their answers, in both families', () => {
    const [incoming = '', outgoing = ''] = guard.split('chain untracked_answers');
    expect(incoming).toContain('ip daddr 100.80.0.1 udp dport 53 notrack\n');
    expect(incoming).toContain('ip6 daddr 2606:4700:cf1:4000::1 udp dport 53 notrack\n');
    expect(outgoing).toContain('ip saddr 100.80.0.1 udp sport 53 notrack\n');
    expect(outgoing).toContain('ip6 saddr 2606:4700:cf1:4000::1 udp sport 53 notrack\n');
  });

  test('lets fragments of clients pass before the kernel puts them together (F2, F10)', () => {
    const [, chain = ''] = guard.split('chain unassembled {');
    const [hook = '', rule = ''] = chain.trim().split('\n');
    expect(hook).toBe('type filter hook prerouting priority -450; policy accept;');
    expect(rule).toMatch(/^ +iifname .* fib daddr type != local notrack$/);
  });

  test('keeps uplinks apart', () => {
    const { uplinks, egress } = makeConfig();
    const other = uplinks.map((uplink) => ({ ...uplink, name: 'wan2', interface: 'wan9', hostPorts: [] }));
    const addresses = egress.addresses.map((address, index) =>
      index === 0 ? { ...address, uplink: 'wan2' } : address,
    );
    const both = planGuard(
      makeConfig({ uplinks: [...uplinks, ...other], egress: { ...egress, addresses } }),
      makeFacts({ links: LINKS }),
    );
    expect(both).toMatch(/set egress0_4 .*elements = \{ 198\.51\.100\.1\/32 \}/);
    expect(both).toMatch(/set egress1_4 .*elements = \{ 203\.0\.113\.9\/32 \}/);
    expect(both).toContain('hook egress device "wan9"');
    expect(both).toContain('iifname { "wan0", "wan9" } counter name refused_forward drop');
  });

  test('goes without what hangs on an interface that is gone, and still forwards nothing from it (FL-23)', () => {
    const { uplinks } = makeConfig();
    const other = uplinks.map((uplink) => ({ ...uplink, name: 'wan2', interface: 'wan9' }));
    const guard = planGuard(makeConfig({ uplinks: [...other, ...uplinks] }), makeFacts());
    expect(guard).not.toContain('device "wan9"');
    expect(guard).toContain('hook egress device "wan0"');
    expect(guard).toContain('iifname { "wan9", "wan0" } counter name refused_forward drop');
    expect(guard).toContain('iifname "wan9" jump input0');
  });

  test("lets no on-ramp's client speak for one of another (FL-20)", () => {
    const [lan] = makeConfig().onramps;
    const clients = [prefixOf('10.65.0.0/24'), prefixOf('fd00:65::/64')];
    const onramps = [...(lan === undefined ? [] : [lan]), { name: 'guests', interface: 'lan1', clients }];
    const both = planGuard(makeConfig({ onramps }), makeFacts());
    expect(both).toContain('iifname "lan0" ip saddr 10.65.0.0/24 counter name refused_onramp drop');
    expect(both).toContain('iifname "lan0" ip6 saddr fd00:65::/64 counter name refused_onramp drop');
    expect(both).toContain('iifname "lan1" ip saddr 10.64.0.0/24 counter name refused_onramp drop');
    expect(guard).not.toContain('counter name refused_onramp');
  });
});
