/** Membership of addresses in the ranges that the story speaks of. */
import { BlockList, isIPv6 } from 'node:net';
import { EGRESS, SYNTHETIC } from '../lab/topology.ts';

/** Whether an address is one of a synthetic range. */
export function isSynthetic(address: string): boolean {
  return contains([SYNTHETIC.ipv4, SYNTHETIC.ipv6], address);
}

/** Whether an address is in Acme's IPv6 egress range. */
export function isEgress6(address: string): boolean {
  return contains([EGRESS.prefix6], address);
}

function contains(prefixes: readonly string[], address: string): boolean {
  const list = new BlockList();
  for (const prefix of prefixes) {
    const [first = '', length = ''] = prefix.split('/');
    list.addSubnet(first, Number(length), familyName(first));
  }
  return list.check(address, familyName(address));
}

function familyName(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
