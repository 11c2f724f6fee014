/**
 * The guard: nftables rules that outlive the gateway, so that a stopped, killed or half-started gateway leaks nothing
 * (FL-16, FL-18). Only `syngate down` removes it.
 *
 *   egress  (netdev)  only packets with an egress address as source and no private destination leave an uplink
 *   ingress (netdev)  what the NAT owns never reaches the kernel's own stack, which would answer with RST or ICMP;
 *                     the packet socket has already seen it (taps come before this hook)
 *   input   (inet)    the host itself is unreachable on an uplink, except for replies to what it sent and its `host_ports`
 *   forward (inet)    nothing is forwarded from an uplink, nor from clients straight to one (row G6: elsewhere the host may)
 *   prerouting        no on-ramp's client speaks for one of another on-ramp (FL-20): behind the TUN nobody could tell
 */
import { type Address, familyOf, formatAddress, formatPrefix, type Prefix } from '../../wire/address.ts';
import type { Config, UplinkConfig } from '../config/config.ts';
import { type EgressOwnership, type PortSpan, planOwnership } from './egress-ownership.ts';
import type { HostFacts } from './host-facts.ts';
import { TUN_MARK } from './plan-routing.ts';
import { PRIVATE_DESTINATIONS } from './private-destinations.ts';

export const GUARD_TABLE = 'syngate_guard';
/** Netfilter puts fragments together at -400 (linux/netfilter_ipv4.h, NF_IP_PRI_CONNTRACK_DEFRAG). */
const BEFORE_DEFRAGMENTATION = -450;

type GuardFacts = Pick<HostFacts, 'addresses' | 'localPorts' | 'links'>;

/** The whole guard as one nftables transaction; it replaces what was there, or makes it. */
export function planGuard(config: Config, facts: GuardFacts): string {
  const ownership = planOwnership(config, facts);
  // A chain of an interface that is gone would be refused; the rules that only name it wait for it.
  const netdev = config.uplinks.map((uplink, index) =>
    facts.links.has(uplink.interface) ? planUplink(config, uplink, index, ownership) : '',
  );
  return [
    planGuardRemoval(),
    `table netdev ${GUARD_TABLE} {`,
    addressSets('private', [...PRIVATE_DESTINATIONS, ...syntheticRanges(config)]),
    ...netdev,
    '}',
    planInet(config, ownership),
    '',
  ].join('\n');
}

/** Removes the guard, also where there is none: a table must exist to be deleted. */
export function planGuardRemoval(): string {
  return ['netdev', 'inet']
    .map((family) => `add table ${family} ${GUARD_TABLE}\ndelete table ${family} ${GUARD_TABLE}`)
    .join('\n');
}

function planUplink(
  config: Config,
  uplink: UplinkConfig,
  index: number,
  ownership: readonly EgressOwnership[],
): string {
  const own = ownership.filter((egress) => egress.uplink === uplink.name);
  return [
    addressSets(
      `egress${index}_`,
      own.map(({ prefix }) => prefix),
    ),
    addressSets(
      `shared${index}_`,
      own.flatMap(({ shared }) => shared.map(hostPrefix)),
    ),
    addressSets(`allowed${index}_`, uplink.allowDestinations),
    egressChain(uplink, index),
    ingressChain(config, uplink, index, own),
  ].join('\n');
}

/**
 * The counters are of what was refused: a source that is no egress address here, and a destination that is private.
 * Neighbour and multicast listener discovery come with other sources; a hop limit of 255 cannot have been forwarded
 * (RFC 4861 section 7.1), nor can one of 1 (RFC 3810 section 5).
 */
function egressChain({ interface: link }: UplinkConfig, index: number): string {
  return `  counter refused_source${index} { comment "${link}"; }
  counter refused_destination${index} { comment "${link}"; }
  chain egress${index} {
    type filter hook egress device "${link}" priority filter; policy drop;
    meta protocol arp accept
    meta protocol ip jump egress${index}_ip
    meta protocol ip6 jump egress${index}_ip6
    counter name refused_source${index}
  }
  chain egress${index}_ip {
    ip saddr != @egress${index}_4 counter name refused_source${index} drop
    ip daddr @allowed${index}_4 accept
    ip daddr @private4 counter name refused_destination${index} drop
    accept
  }
  chain egress${index}_ip6 {
    ip6 saddr @egress${index}_6 ip6 daddr @allowed${index}_6 accept
    ip6 saddr @egress${index}_6 ip6 daddr != @private6 accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } ip6 hoplimit 255 accept
    icmpv6 type { mld-listener-report, mld-listener-reduction, mld2-listener-report } ip6 hoplimit 1 accept
    ip6 saddr @egress${index}_6 counter name refused_destination${index} drop
    counter name refused_source${index} drop
  }`;
}

/** An ARP request for the resolver's address is not answered on an uplink, where the kernel would (row D5). */
function ingressChain(
  config: Config,
  { interface: link }: UplinkConfig,
  index: number,
  own: readonly EgressOwnership[],
): string {
  const ports = formatPorts(own.find(({ shared }) => shared.length > 0)?.natPorts ?? []);
  const listen = config.resolver.listen.filter((address) => familyOf(address) === 4).map(formatAddress);
  const silence =
    listen.length === 0 ? '' : `\n    arp operation request arp daddr ip { ${listen.join(', ')} } drop`;
  const natOwned = (family: string, set: string) =>
    ['tcp', 'udp']
      .map((protocol) => `\n    ${family} daddr @${set} ${protocol} dport { ${ports} } drop`)
      .join('');
  const shared = ports === '' ? '' : natOwned('ip', `shared${index}_4`) + natOwned('ip6', `shared${index}_6`);
  return `  chain ingress${index} {
    type filter hook ingress device "${link}" priority filter; policy accept;${silence}${shared}
    ip daddr @egress${index}_4 ip daddr != @shared${index}_4 drop
    ip6 daddr @egress${index}_6 ip6 daddr != @shared${index}_6 drop
  }`;
}

/**
 * Connection tracking is for the host's own connections on an uplink alone: what passes the TUN goes by untracked, and so do
 * questions to the resolver. Each of them comes from a port of its own: tracked, they would fill the host's table, and then
 * nobody's new connections are let through.
 *
 * What is marked so early enough is not put together from fragments either: connection tracking would let some overlaps pass
 * (row F2), and on its way across a bridge forget how small the pieces were (row F10).
 */
function planInet(config: Config, ownership: readonly EgressOwnership[]): string {
  const uplinks = quoteNames(config.uplinks);
  const inside = quoteNames([{ interface: config.tun.name }, ...config.onramps]);
  const jumps = config.uplinks.map(
    ({ interface: link }, index) => `    iifname "${link}" jump input${index}`,
  );
  return `table inet ${GUARD_TABLE} {
${config.uplinks.map((uplink, index) => inputChain(uplink, index, ownership)).join('\n')}
  chain input {
    type filter hook input priority filter; policy accept;
${jumps.join('\n')}
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname ${uplinks} counter name refused_forward drop
    iifname ${inside} oifname ${uplinks} counter name refused_forward drop
  }
  counter refused_forward { }
  counter refused_onramp { }
  chain unassembled {
    type filter hook prerouting priority ${BEFORE_DEFRAGMENTATION}; policy accept;
    iifname ${inside} fib daddr type != local notrack
  }
  chain untracked {
    type filter hook prerouting priority raw; policy accept;
${refuseOthersClients(config)}${untrackDns(config, 'd')}
    iifname ${quote(config.tun.name)} meta mark set ${TUN_MARK}
  }
  chain untracked_answers {
    type filter hook output priority raw; policy accept;
${untrackDns(config, 's')}
  }
}`;
}

/** The ranges of on-ramps do not overlap; what no on-ramp has, such as a router's own address, is for the datapath to judge. */
function refuseOthersClients({ onramps }: Config): string {
  const rules = onramps.flatMap((onramp) =>
    onramps
      .filter((other) => other !== onramp)
      .flatMap(({ clients }) => clients)
      .map((prefix) => {
        const family = familyOf(prefix.address) === 4 ? 'ip' : 'ip6';
        return `    iifname ${quote(onramp.interface)} ${family} saddr ${formatPrefix(prefix)} counter name refused_onramp drop\n`;
      }),
  );
  return rules.join('');
}

/** By destination on their way in, by source on their way out. */
function untrackDns({ resolver }: Config, side: 'd' | 's'): string {
  const rules = resolver.listen.map((address) => {
    const family = familyOf(address) === 4 ? 'ip' : 'ip6';
    return `    ${family} ${side}addr ${formatAddress(address)} udp ${side}port 53 notrack`;
  });
  return rules.join('\n');
}

/** Always silence towards the internet (FL-10, FL-18): no RST, no ICMP error, no answer to an echo request. */
function inputChain(uplink: UplinkConfig, index: number, ownership: readonly EgressOwnership[]): string {
  const shared = ownership
    .filter((egress) => egress.uplink === uplink.name)
    .flatMap((egress) => egress.shared);
  const ports = uplink.hostPorts.join(', ');
  const open = (family: 4 | 6, keyword: string) => {
    const addresses = shared.filter((address) => familyOf(address) === family).map(formatAddress);
    if (addresses.length === 0 || ports === '') return '';
    return `\n    ${keyword} daddr { ${addresses.join(', ')} } tcp dport { ${ports} } accept`;
  };
  return `  counter refused_input${index} { comment "${uplink.interface}"; }
  chain input${index} {
    ct state established,related accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } ip6 hoplimit 255 accept
    icmpv6 type mld-listener-query ip6 hoplimit 1 accept${open(4, 'ip')}${open(6, 'ip6')}
    counter name refused_input${index} drop
  }`;
}

function addressSets(name: string, prefixes: readonly Prefix[]): string {
  const set = (family: 4 | 6, type: string) => {
    const texts = prefixes.filter(({ address }) => familyOf(address) === family).map(formatPrefix);
    const elements = texts.length === 0 ? '' : ` elements = { ${texts.join(', ')} }`;
    return `  set ${name}${family} { type ${type}; flags interval; auto-merge;${elements} }`;
  };
  return `${set(4, 'ipv4_addr')}\n${set(6, 'ipv6_addr')}`;
}

function syntheticRanges({ synthetic }: Config): Prefix[] {
  return [synthetic.ipv4, synthetic.ipv6].filter((range) => range !== undefined);
}

function hostPrefix(address: Address): Prefix {
  return { address, length: address.length * 8 };
}

function formatPorts(ranges: readonly PortSpan[]): string {
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
}

function quoteNames(interfaces: ReadonlyArray<{ readonly interface: string }>): string {
  return `{ ${interfaces.map((link) => quote(link.interface)).join(', ')} }`;
}

function quote(name: string): string {
  return `"${name}"`;
}
