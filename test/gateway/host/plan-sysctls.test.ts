import { describe, expect, test } from 'vitest';
import { planForwarding, planTunSysctls } from '../../../src/gateway/host/plan-sysctls.ts';
import type { Sysctl } from '../../../src/gateway/host/sysctl.ts';
import { makeConfig, makeFacts } from './host-fixture.ts';

const lines = (sysctls: readonly Sysctl[]) => sysctls.map(({ key, value }) => `${key}=${value}`);

describe('planTunSysctls', () => {
  test.each([
    [0, '0'],
    [1, '2'],
    [2, '0'],
  ])('keeps the reverse path check from eating replies when that of all is %d', (rpFilterOfAll, value) => {
    // The larger of the two counts: 1 must be outbid by 2, while 0 and 2 let everything pass already.
    const sysctls = lines(planTunSysctls(makeConfig(), makeFacts({ rpFilterOfAll })));
    expect(sysctls).toContain(`net/ipv4/conf/syngate0/rp_filter=${value}`);
  });

  test('lets ICMP errors come out of the TUN from the gateway’s own address (row I8)', () => {
    expect(lines(planTunSysctls(makeConfig(), makeFacts()))).toContain(
      'net/ipv4/conf/syngate0/accept_local=1',
    );
  });
});

describe('planForwarding', () => {
  test('closes the uplinks first and opens the clients’ way last', () => {
    expect(lines(planForwarding(makeConfig(), makeFacts()))).toEqual([
      'net/ipv4/fwmark_reflect=1',
      'net/ipv6/fwmark_reflect=1',
      'net/ipv4/conf/wan0/forwarding=0',
      'net/ipv6/conf/lan0/force_forwarding=1',
      'net/ipv6/conf/syngate0/force_forwarding=1',
      'net/ipv4/conf/lan0/send_redirects=0',
      'net/ipv4/conf/lan0/forwarding=1',
      'net/ipv4/conf/syngate0/forwarding=1',
    ]);
  });

  test('keeps router advertisements where IPv6 can only be forwarded everywhere (kernels before 6.17)', () => {
    const acceptRa = new Map([
      ['wan0', 1],
      ['lan0', 0],
      ['syngate0', 1],
    ]);
    const facts = makeFacts({ ipv6: { forceForwarding: false, acceptRa } });
    expect(lines(planForwarding(makeConfig(), facts)).filter((line) => line.includes('ipv6'))).toEqual([
      'net/ipv6/fwmark_reflect=1',
      'net/ipv6/conf/wan0/accept_ra=2',
      'net/ipv6/conf/wan0/forwarding=1',
      'net/ipv6/conf/lan0/forwarding=1',
      'net/ipv6/conf/all/forwarding=1',
    ]);
  });

  test('touches nothing of IPv6 where the kernel has none', () => {
    expect(lines(planForwarding(makeConfig(), makeFacts({ ipv6: undefined }))).join()).not.toContain('ipv6');
  });
});
