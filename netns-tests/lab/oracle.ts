/**
 * The oracle of every end-to-end test: nftables chains that only count. In sg-net they watch what the gateway sends,
 * in the clients what they receive; a gateway that keeps its word leaves every violation at zero.
 */
import { run, runIn } from './command.ts';
import { ipv4Of, ipv6Of, SITES } from './sites.ts';
import { CLIENTS, EGRESS, type Host, type Lab, SERVERS } from './topology.ts';

export interface OracleReport {
  /** Sum of all counters below but `packets_from_gateway`. */
  readonly violations: number;
  /** Packets with a source that is no egress address. */
  readonly wrong_source_ipv4: number;
  readonly wrong_source_ipv6: number;
  /** Packets from or to private, shared, loopback or synthetic addresses. */
  readonly private_or_synthetic_ipv4: number;
  readonly private_or_synthetic_ipv6: number;
  /** Packets to a site from an egress address that its rule in policy.yaml does not name. */
  readonly wrong_egress_ipv4: number;
  readonly wrong_egress_ipv6: number;
  /** Packets that reached a client from a real server address it had not asked for by that address. */
  readonly real_server_source_alice: number;
  readonly real_server_source_bob: number;
  /** All IP packets the gateway sent, neighbour discovery aside; no violation, but zero while it is dead. */
  readonly packets_from_gateway: number;
}

const TABLE = 'netdev syngate_oracle';
const INTERNET_COUNTERS = [
  'wrong_source_ipv4',
  'wrong_source_ipv6',
  'private_or_synthetic_ipv4',
  'private_or_synthetic_ipv6',
  'wrong_egress_ipv4',
  'wrong_egress_ipv6',
  'packets_from_gateway',
] as const;
const CLIENT_COUNTER = 'real_server_source';

export function installOracle(lab: Lab): void {
  runIn(lab, 'net', ['nft', '-f', '-'], { input: internetRules() });
  for (const client of CLIENTS) runIn(lab, client, ['nft', '-f', '-'], { input: clientRules() });
}

export function readOracle(lab: Lab): OracleReport {
  const internet = readCounters(lab, 'net');
  const counters = {
    wrong_source_ipv4: internet('wrong_source_ipv4'),
    wrong_source_ipv6: internet('wrong_source_ipv6'),
    private_or_synthetic_ipv4: internet('private_or_synthetic_ipv4'),
    private_or_synthetic_ipv6: internet('private_or_synthetic_ipv6'),
    wrong_egress_ipv4: internet('wrong_egress_ipv4'),
    wrong_egress_ipv6: internet('wrong_egress_ipv6'),
    real_server_source_alice: readCounters(lab, 'alice')(CLIENT_COUNTER),
    real_server_source_bob: readCounters(lab, 'bob')(CLIENT_COUNTER),
  };
  const violations = Object.values(counters).reduce((sum, count) => sum + count, 0);
  return { violations, ...counters, packets_from_gateway: internet('packets_from_gateway') };
}

/** Sets every counter to zero and forgets the literal addresses that were declared. */
export function resetOracle(lab: Lab): void {
  for (const host of ['net', ...CLIENTS] as const)
    runIn(lab, host, ['nft', 'reset', 'counters', 'table', ...TABLE.split(' ')]);
  for (const client of CLIENTS) {
    for (const set of ['literal_ipv4', 'literal_ipv6'])
      runIn(lab, client, ['nft', 'flush', 'set', ...TABLE.split(' '), set]);
  }
}

/** Says that clients talk to a real address by that address, so that answers from it are right. */
export function declareLiteral(lab: Lab, address: string): void {
  const set = address.includes(':') ? 'literal_ipv6' : 'literal_ipv4';
  for (const client of CLIENTS)
    runIn(lab, client, ['nft', 'add', 'element', ...TABLE.split(' '), set, `{ ${address} }`]);
}

function readCounters(lab: Lab, host: Host): (name: string) => number {
  const listing = run([
    'ip',
    'netns',
    'exec',
    lab.namespaces[host],
    'nft',
    'list',
    'counters',
    'table',
    ...TABLE.split(' '),
  ]);
  return (name) => {
    const found = new RegExp(`counter ${name} \\{\\s*packets (\\d+)`).exec(listing);
    if (found === null)
      throw new Error(`Cannot read the oracle: no counter ${name} in ${lab.namespaces[host]}`);
    return Number(found[1]);
  };
}

/** Neighbour discovery and multicast listener reports are the gateway machine's own talk on its link (RFC 4861, 3810). */
function internetRules(): string {
  const ipv4 = [EGRESS.primary, EGRESS.secondary, EGRESS.other, EGRESS.default4].join(', ');
  const ipv6 = [EGRESS.default6, EGRESS.prefix6].join(', ');
  const notOurs4 =
    '0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16';
  const notOurs6 = '::1, fc00::/7, 2606:4700:cf1:4000::/64';
  return `
table ${TABLE} {
${INTERNET_COUNTERS.map((name) => `  counter ${name} { }`).join('\n')}
  set egress_ipv4 { type ipv4_addr; flags interval; elements = { ${ipv4} } }
  set egress_ipv6 { type ipv6_addr; flags interval; elements = { ${ipv6} } }
  set private_ipv4 { type ipv4_addr; flags interval; elements = { ${notOurs4} } }
  set private_ipv6 { type ipv6_addr; flags interval; elements = { ${notOurs6} } }
  chain egress_per_site { }
  chain ipv4 {
    counter name packets_from_gateway
    ip saddr != @egress_ipv4 counter name wrong_source_ipv4
    ip saddr @private_ipv4 counter name private_or_synthetic_ipv4
    ip daddr @private_ipv4 counter name private_or_synthetic_ipv4
    jump egress_per_site
  }
  chain ipv6 {
    ip6 hoplimit 255 icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } return
    icmpv6 type { mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report } return
    counter name packets_from_gateway
    ip6 saddr != @egress_ipv6 counter name wrong_source_ipv6
    ip6 saddr @private_ipv6 counter name private_or_synthetic_ipv6
    ip6 daddr @private_ipv6 counter name private_or_synthetic_ipv6
    jump egress_per_site
  }
  chain ingress {
    type filter hook ingress device "eth0" priority -500; policy accept;
    meta protocol ip jump ipv4
    meta protocol ip6 jump ipv6
  }
}
${egressPerSiteRules()}`;
}

function egressPerSiteRules(): string {
  const rules = SITES.flatMap((site) => {
    if (site.egress === undefined) return [];
    const sources = (family: 4 | 6): string =>
      (site.egress ?? []).filter((address) => address.includes(':') === (family === 6)).join(', ');
    return [
      `ip daddr ${ipv4Of(site)} ip saddr != { ${sources(4)} } counter name wrong_egress_ipv4`,
      `ip6 daddr ${ipv6Of(site)} ip6 saddr != { ${sources(6)} } counter name wrong_egress_ipv6`,
    ];
  });
  return `table ${TABLE} {\n  chain egress_per_site {\n    ${rules.join('\n    ')}\n  }\n}\n`;
}

function clientRules(): string {
  return `
table ${TABLE} {
  counter ${CLIENT_COUNTER} { }
  set literal_ipv4 { type ipv4_addr; flags interval; }
  set literal_ipv6 { type ipv6_addr; flags interval; }
  chain ingress {
    type filter hook ingress device "eth0" priority -500; policy accept;
    ip saddr ${SERVERS.ipv4} ip saddr != @literal_ipv4 counter name ${CLIENT_COUNTER}
    ip6 saddr ${SERVERS.ipv6} ip6 saddr != @literal_ipv6 counter name ${CLIENT_COUNTER}
  }
}
`;
}
