/**
 * The reference of the benchmarks: what a user would pick instead. The lab's gateway machine forwards with the kernel
 * and nftables, DNAT from one fixed synthetic address a site, SNAT to the default egress address.
 */
import { runIn } from '../netns-tests/lab/command.ts';
import { ipv4Of, ipv6Of, type Site } from '../netns-tests/lab/sites.ts';
import { EGRESS, type Lab } from '../netns-tests/lab/topology.ts';

/** The address that stands for a site behind the reference. */
export function referenceAddress(site: Site): { ipv4: string; ipv6: string } {
  return { ipv4: `100.80.255.${site.host}`, ipv6: `2606:4700:cf1:4000::ffff:${site.host}` };
}

export function startKernelNat(lab: Lab, site: Site): void {
  runIn(lab, 'gw', ['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
  runIn(lab, 'gw', ['nft', '-f', '-'], { input: rules(site) });
}

function rules(site: Site): string {
  const { ipv4, ipv6 } = referenceAddress(site);
  return `
table inet kernel_nat {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    ip daddr ${ipv4} dnat ip to ${ipv4Of(site)}
    ip6 daddr ${ipv6} dnat ip6 to ${ipv6Of(site)}
  }
  chain postrouting {
    type nat hook postrouting priority srcnat;
    oifname "wan0" meta nfproto ipv4 snat ip to ${EGRESS.default4}
    oifname "wan0" meta nfproto ipv6 snat ip6 to ${EGRESS.default6}
  }
}
`;
}
