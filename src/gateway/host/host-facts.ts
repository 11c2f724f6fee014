/** What set-up must know about the host before it plans: read once, before anything is changed. */
import { existsSync, readdirSync } from 'node:fs';
import { GatewayError } from '../../report/errors.ts';
import type { Address } from '../../wire/address.ts';
import type { Config } from '../config/config.ts';
import type { PortSpan } from './egress-ownership.ts';
import { type IpRule, ipAddresses, ipLinks, ipRules } from './ip-json.ts';
import { readAddresses } from './read-uplink.ts';
import { runIpJson } from './run-command.ts';
import { readSysctl } from './sysctl.ts';

export interface LinkFact {
  readonly mtu: number;
  /** `tun`, `bridge`, …; undefined for hardware. */
  readonly kind: string | undefined;
  /** Of a TUN: it takes several queues, and does so for life. */
  readonly isMultiQueue?: boolean | undefined;
  /** Of a TUN: a process has opened it. */
  readonly isAttached?: boolean | undefined;
}

export interface HostFacts {
  readonly links: ReadonlyMap<string, LinkFact>;
  /** Every address configured on the host, on whichever interface. */
  readonly addresses: readonly Address[];
  /** Global addresses on the TUN, in the form `ip` prints, with their length. */
  readonly tunAddresses: readonly string[];
  /** The ports the kernel gives its own connections (net.ipv4.ip_local_port_range). */
  readonly localPorts: PortSpan;
  readonly rules: { readonly 4: readonly IpRule[]; readonly 6: readonly IpRule[] };
  /** net.ipv4.conf.all.rp_filter; the larger of this and the interface's own value counts. */
  readonly rpFilterOfAll: number;
  /** Undefined when the kernel has no IPv6. */
  readonly ipv6: Ipv6Facts | undefined;
}

export interface Ipv6Facts {
  /** Forwarding can be switched on for one interface alone (kernel 6.17). */
  readonly forceForwarding: boolean;
  /** accept_ra of each interface (`all` and `default` left out). */
  readonly acceptRa: ReadonlyMap<string, number>;
}

/** Throws GatewayError EHOST when the host cannot be asked, or has another interface by the TUN's name. */
export async function readHostFacts(config: Config): Promise<HostFacts> {
  const [links, addresses, rules4, rules6] = await Promise.all([
    runIpJson('-d', 'link', 'show'),
    runIpJson('address', 'show'),
    runIpJson('-4', 'rule', 'show'),
    runIpJson('-6', 'rule', 'show'),
  ]);
  const facts: HostFacts = {
    links: readLinks(links),
    addresses: readAddresses(addresses),
    tunAddresses: await readTunAddresses(config.tun.name, readLinks(links)),
    localPorts: readLocalPorts(),
    rules: { 4: ipRules.parse(rules4), 6: ipRules.parse(rules6) },
    rpFilterOfAll: Number(readSysctl('net/ipv4/conf/all/rp_filter')),
    ipv6: readIpv6(),
  };
  refuseOtherKind(config, facts);
  return facts;
}

function readLinks(answer: unknown): Map<string, LinkFact> {
  const links = ipLinks.parse(answer);
  return new Map(
    links.map(({ ifname, mtu, flags, linkinfo: { info_kind: kind, info_data: data } = {} }) => [
      ifname,
      { mtu, kind, isMultiQueue: data?.multi_queue, isAttached: flags.includes('LOWER_UP') },
    ]),
  );
}

async function readTunAddresses(name: string, links: ReadonlyMap<string, LinkFact>): Promise<string[]> {
  if (!links.has(name)) return [];
  const answer = await runIpJson('address', 'show', 'dev', name, 'scope', 'global');
  return ipAddresses
    .parse(answer)
    .flatMap(({ addr_info }) => addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`));
}

function readLocalPorts(): PortSpan {
  const [first = 32_768, last = 60_999] = readSysctl('net/ipv4/ip_local_port_range').split(/\s+/).map(Number);
  return { first, last };
}

function readIpv6(): Ipv6Facts | undefined {
  const folder = '/proc/sys/net/ipv6/conf';
  if (!existsSync(folder)) return undefined;
  const names = readdirSync(folder).filter((name) => name !== 'all' && name !== 'default');
  return {
    forceForwarding: existsSync(`${folder}/all/force_forwarding`),
    acceptRa: new Map(names.map((name) => [name, Number(readSysctl(`net/ipv6/conf/${name}/accept_ra`))])),
  };
}

/** Throws GatewayError EHOST when an interface the configuration names is not there. */
export function refuseMissing(config: Config, { links }: HostFacts): void {
  for (const { name, interface: link } of [...config.onramps, ...config.uplinks]) {
    if (!links.has(link))
      throw new GatewayError('EHOST', `Cannot use ${name}: there is no interface ${link}`);
  }
}

/**
 * Throws GatewayError EBUSY when a process has opened the TUN: a gateway with another runtime directory, whose TUN would be
 * replaced, or whose packets shared (row FL-45).
 */
export function refuseTakenTun({ tun }: Config, { links }: HostFacts): void {
  const link = links.get(tun.name);
  if (link?.kind === 'tun' && link.isAttached === true)
    throw new GatewayError(
      'EBUSY',
      `Cannot use ${tun.name} as the TUN: another process, such as a gateway, has it open`,
    );
}

function refuseOtherKind(config: Config, { links }: HostFacts): void {
  const kind = links.get(config.tun.name)?.kind;
  if (links.has(config.tun.name) && kind !== 'tun') {
    throw new GatewayError(
      'EHOST',
      `Cannot use ${config.tun.name} as the TUN: it is a ${kind ?? 'hardware'} interface`,
    );
  }
}
