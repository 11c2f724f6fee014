import { describe, expect, test } from 'vitest';
import {
  chooseMtu,
  planRoutingRemoval,
  planSteering,
  planTun,
} from '../../../src/gateway/host/plan-routing.ts';
import { makeConfig, makeFacts } from './host-fixture.ts';

const withTun = new Map([...makeFacts().links, ['syngate0', { mtu: 1500, kind: 'tun' }] as const]);
const lines = (commands: ReadonlyArray<readonly string[]>) => commands.map((command) => command.join(' '));

describe('planTun', () => {
  test('makes a persistent TUN with virtio-net headers, as large as the smallest uplink', () => {
    expect(lines(planTun(makeConfig(), makeFacts()))).toEqual([
      'ip tuntap add dev syngate0 mode tun vnet_hdr',
      'ip link set dev syngate0 addrgenmode none',
      'ip link set dev syngate0 mtu 1400 txqueuelen 1000 up',
    ]);
  });

  test('leaves one that is there, which a gateway may be attached to', () => {
    expect(lines(planTun(makeConfig(), makeFacts({ links: withTun }))).join()).not.toContain('tuntap');
  });

  test.each([
    ['several', 4, false, 'ip tuntap add dev syngate0 mode tun vnet_hdr multi_queue'],
    ['one', 1, true, 'ip tuntap add dev syngate0 mode tun vnet_hdr'],
  ])(
    'makes one for %s queues anew where the one that is there is none',
    (_queues, workers, isMultiQueue, make) => {
      const config = makeConfig({ limits: { ...makeConfig().limits, workers } });
      const links = new Map([...withTun, ['syngate0', { mtu: 1500, kind: 'tun', isMultiQueue }] as const]);
      const facts = makeFacts({ links, tunAddresses: ['100.80.0.9/32'] });
      expect(lines(planTun(config, facts)).slice(0, 2)).toEqual(['ip link del dev syngate0', make]);
      // Its addresses went with it.
      expect(lines(planSteering(config, facts)).join()).not.toContain('address del');
      const fit = new Map([
        ...links,
        ['syngate0', { mtu: 1500, kind: 'tun', isMultiQueue: !isMultiQueue }] as const,
      ]);
      expect(lines(planTun(config, makeFacts({ links: fit }))).join()).not.toContain('tuntap');
    },
  );

  test('asks nothing of IPv6 where the kernel has none', () => {
    expect(lines(planTun(makeConfig(), makeFacts({ ipv6: undefined }))).join()).not.toContain('addrgenmode');
  });
});

test('chooseMtu prefers what the configuration says', () => {
  expect(chooseMtu(makeConfig({ tun: { name: 'syngate0', mtu: 9000 } }), makeFacts())).toBe(9000);
});

describe('planSteering', () => {
  test('completes the table before a rule points to it, and ends the table in unreachable (FL-16)', () => {
    const commands = lines(planSteering(makeConfig(), makeFacts()));
    expect(commands).toEqual([
      'ip address replace 100.80.0.1/32 dev syngate0',
      'ip address replace 2606:4700:cf1:4000::1/128 dev syngate0 nodad',
      'ip -4 route replace unreachable default table 5080 metric 1000000',
      'ip -4 route replace default dev syngate0 table 5080 metric 10',
      'ip -4 rule add pref 5080 iif lan0 lookup 5080',
      'ip -4 rule add pref 5080 iif lo fwmark 5080 lookup 5080',
      'ip -6 route replace unreachable default table 5080 metric 1000000',
      'ip -6 route replace default dev syngate0 table 5080 metric 10',
      'ip -6 rule add pref 5080 iif lan0 lookup 5080',
      'ip -6 rule add pref 5080 iif lo fwmark 5080 lookup 5080',
    ]);
  });

  test('adds no rule twice, and takes away those of another configuration, but nobody else’s', () => {
    const ours = (iif: string) => ({ priority: 5080, iif, table: '5080' });
    const foreign = { priority: 5080, iif: 'lan7', table: '99' };
    const rules = { 4: [ours('lan0'), ours('old0'), ours('lan0'), foreign], 6: [ours('lan0')] };
    const commands = lines(planSteering(makeConfig(), makeFacts({ rules })));
    expect(commands.filter((command) => command.includes(' rule '))).toEqual([
      'ip -4 rule add pref 5080 iif lo fwmark 5080 lookup 5080',
      'ip -4 rule del pref 5080 iif old0 lookup 5080',
      'ip -4 rule del pref 5080 iif lan0 lookup 5080',
      'ip -6 rule add pref 5080 iif lo fwmark 5080 lookup 5080',
    ]);
  });

  test('takes addresses away that the resolver no longer listens on', () => {
    const tunAddresses = ['100.80.0.1/32', '100.80.0.9/32'];
    const commands = lines(planSteering(makeConfig(), makeFacts({ links: withTun, tunAddresses })));
    expect(commands[0]).toBe('ip address del 100.80.0.9/32 dev syngate0');
    expect(commands.join()).not.toContain('del 100.80.0.1');
  });
});

test('planRoutingRemoval takes the rules first, and the table only where there is one', () => {
  const rules = [
    { priority: 0, table: 'local' },
    { priority: 5080, iif: 'lan0', table: '5080' },
  ];
  const unrule = 'ip -6 rule del pref 5080 iif lan0 lookup 5080';
  expect(lines(planRoutingRemoval(6, rules, true))).toEqual([unrule, 'ip -6 route flush table 5080']);
  expect(lines(planRoutingRemoval(6, rules, false))).toEqual([unrule]);
});
