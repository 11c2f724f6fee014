/**
 * Who owns an egress address. If the host does not have it, it belongs entirely to the NAT. If the host has it as well,
 * it is shared: the kernel keeps the ports of its own connections and those the configuration opens, the NAT has the rest.
 */
import { type Address, type Prefix, prefixContains } from '../../wire/address.ts';
import type { Config } from '../config/config.ts';

/** Both ends belong to it. */
export interface PortSpan {
  readonly first: number;
  readonly last: number;
}

export interface EgressOwnership {
  readonly prefix: Prefix;
  /** Name of the uplink. */
  readonly uplink: string;
  /** The addresses of the prefix that are configured on the host; none of them: not shared. */
  readonly shared: readonly Address[];
  /** The TCP and UDP ports (and ICMP identifiers) the NAT may give out, ascending and apart. */
  readonly natPorts: readonly PortSpan[];
}

/** Ports below are never given out (RFC 4787 REQ-3a as decided in row U4). */
const FIRST_NAT_PORT = 1024;
const LAST_PORT = 65_535;

/** One entry for each of `egress.addresses`, in the same order. */
export function planOwnership(
  config: Config,
  host: { readonly addresses: readonly Address[]; readonly localPorts: PortSpan },
): EgressOwnership[] {
  return config.egress.addresses.map(({ prefix, uplink }) => {
    const shared = host.addresses.filter((address) => prefixContains(prefix, address));
    const hostPorts = config.uplinks.find(({ name }) => name === uplink)?.hostPorts ?? [];
    const kept = [host.localPorts, ...hostPorts.map((port) => ({ first: port, last: port }))];
    return { prefix, uplink, shared, natPorts: subtractPorts(shared.length === 0 ? [] : kept) };
  });
}

/** What is left of 1024–65535. */
export function subtractPorts(taken: readonly PortSpan[]): PortSpan[] {
  const left: PortSpan[] = [];
  let first = FIRST_NAT_PORT;
  for (const range of taken.toSorted((one, other) => one.first - other.first)) {
    if (range.first > first) left.push({ first, last: Math.min(range.first - 1, LAST_PORT) });
    first = Math.max(first, range.last + 1);
  }
  if (first <= LAST_PORT) left.push({ first, last: LAST_PORT });
  return left;
}
