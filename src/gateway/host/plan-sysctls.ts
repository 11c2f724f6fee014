/**
 * The kernel settings a gateway needs, interface by interface: clients' packets are forwarded to the TUN and back, and
 * nothing that arrives on an uplink is forwarded at all.
 */
import type { Config } from '../config/config.ts';
import type { HostFacts, Ipv6Facts } from './host-facts.ts';
import type { Sysctl } from './sysctl.ts';

/** What the TUN needs before it gets addresses. It dies with the TUN, so nothing is to be restored. */
export function planTunSysctls(config: Config, facts: HostFacts): Sysctl[] {
  const { name } = config.tun;
  // Packets leave the TUN with every source there is; a strict reverse path check would drop them (RFC 3704).
  const ipv4 = [
    { key: `net/ipv4/conf/${name}/rp_filter`, value: facts.rpFilterOfAll === 1 ? '2' : '0' },
    // ICMP errors come out of it from the gateway's own address, which elsewhere would be a martian (RFC 1812 5.3.7).
    { key: `net/ipv4/conf/${name}/accept_local`, value: '1' },
  ];
  if (facts.ipv6 === undefined) return ipv4;
  return [
    ...ipv4,
    { key: `net/ipv6/conf/${name}/disable_ipv6`, value: '0' },
    { key: `net/ipv6/conf/${name}/accept_ra`, value: '0' },
  ];
}

/** In the order to write them; the reverse order restores. Nothing is forwarded before the guard and the routes stand. */
export function planForwarding(config: Config, facts: HostFacts): Sysctl[] {
  return [
    // The kernel's ICMP errors about packets from the TUN go back there by their mark, see plan-routing.ts.
    { key: 'net/ipv4/fwmark_reflect', value: '1' },
    ...(facts.ipv6 === undefined ? [] : [{ key: 'net/ipv6/fwmark_reflect', value: '1' }]),
    ...config.uplinks.map((uplink) => ({ key: `net/ipv4/conf/${uplink.interface}/forwarding`, value: '0' })),
    ...(facts.ipv6 === undefined ? [] : planIpv6(config, facts.ipv6)),
    ...config.onramps.flatMap((onramp) => [
      // Clients' next hop is right as it is, whatever route the kernel would find without our rule.
      { key: `net/ipv4/conf/${onramp.interface}/send_redirects`, value: '0' },
      { key: `net/ipv4/conf/${onramp.interface}/forwarding`, value: '1' },
    ]),
    { key: `net/ipv4/conf/${config.tun.name}/forwarding`, value: '1' },
  ];
}

function planIpv6(config: Config, ipv6: Ipv6Facts): Sysctl[] {
  if (!ipv6.forceForwarding) return planForwardingOfAll(config, ipv6);
  const inside = [...config.onramps.map((onramp) => onramp.interface), config.tun.name];
  return inside.map((link) => ({ key: `net/ipv6/conf/${link}/force_forwarding`, value: '1' }));
}

/**
 * Before kernel 6.17 IPv6 is forwarded everywhere or nowhere, and an interface that forwards takes no router
 * advertisements unless accept_ra is 2. The guard then keeps what comes in by an uplink from being forwarded.
 * Writing `all` overwrites every interface's own value, so those are written, and thereby remembered, first.
 */
function planForwardingOfAll(config: Config, ipv6: Ipv6Facts): Sysctl[] {
  const others = [...ipv6.acceptRa].filter(([link]) => link !== config.tun.name);
  return [
    ...others
      .filter(([, acceptRa]) => acceptRa === 1)
      .map(([link]) => ({ key: `net/ipv6/conf/${link}/accept_ra`, value: '2' })),
    ...others.map(([link]) => ({ key: `net/ipv6/conf/${link}/forwarding`, value: '1' })),
    { key: 'net/ipv6/conf/all/forwarding', value: '1' },
  ];
}
