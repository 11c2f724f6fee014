/** What the datapath must know about an uplink: what it carries, where its frames go and which addresses are on-link. */
import type { z } from 'zod';
import type { LinkContent } from '../../device/packet-socket-device.ts';
import { GatewayError } from '../../report/errors.ts';
import {
  type Address,
  type Family,
  familyOf,
  maskAddress,
  type Prefix,
  parseAddress,
  parsePrefix,
} from '../../wire/address.ts';
import { type MacAddress, parseMac } from '../../wire/mac-address.ts';
import { ipAddresses, ipLinks, ipRoutes } from './ip-json.ts';
import { runIpJson } from './run-command.ts';

/** Link types without headers: TUN, WireGuard and IPsec interfaces, modems (519 is ARPHRD_RAWIP, which `ip` 6.1 cannot name). */
const BARE: ReadonlySet<string> = new Set(['none', 'rawip', '[519]']);
/**
 * Link types without headers that need a remote address: without one the kernel takes the remote end from the packet's route,
 * and a packet from a packet socket has none.
 */
const TUNNELS: ReadonlySet<string> = new Set(['ipip', 'tunnel6', 'sit', 'gre', 'gre6']);

export interface UplinkFacts {
  readonly interface: string;
  readonly ifindex: number;
  /** As `ip` names it: `ether`, `ppp`, `gre`, `none`, … */
  readonly linkType: string;
  /** Undefined: nothing that the gateway can use. */
  readonly carries: LinkContent | undefined;
  /** Of a link that carries frames. */
  readonly mac: MacAddress | undefined;
  readonly mtu: number;
  readonly isUp: boolean;
  /** The host's own addresses on the interface, link-local ones among them. */
  readonly addresses: readonly Address[];
  /** Destinations on the link itself, reached without a next hop. */
  readonly connected: readonly Prefix[];
  /** Of the main table's best default route through the interface. */
  readonly nextHop4: Address | undefined;
  readonly nextHop6: Address | undefined;
}

/** Throws GatewayError EHOST when there is no such interface. */
export async function readUplink(name: string): Promise<UplinkFacts> {
  const [links, addresses, routes4, routes6] = await Promise.all([
    runIpJson('link', 'show', 'dev', name),
    runIpJson('address', 'show', 'dev', name),
    runIpJson('-4', 'route', 'show', 'table', 'main', 'dev', name),
    runIpJson('-6', 'route', 'show', 'table', 'main', 'dev', name),
  ]);
  const link = ipLinks.parse(links)[0];
  if (link === undefined)
    throw new GatewayError('EHOST', `Cannot read the interface ${name}: ip shows nothing`);
  const carries = whatItCarries(link);
  return {
    interface: name,
    ifindex: link.ifindex,
    linkType: link.link_type,
    carries,
    mac: carries === 'frames' ? parseMac(link.address ?? '') : undefined,
    mtu: link.mtu,
    isUp: link.flags.includes('UP') && !link.flags.includes('NO-CARRIER'),
    addresses: readAddresses(addresses),
    connected: [...readConnected(routes4), ...readConnected(routes6)],
    nextHop4: readNextHop(routes4, 4),
    nextHop6: readNextHop(routes6, 6),
  };
}

function whatItCarries({ link_type: type, flags }: z.output<typeof ipLinks>[number]): UplinkFacts['carries'] {
  if (type === 'ether') return 'frames';
  if (type === 'ppp') return 'plain-packets';
  const isTunnelWithRemote = TUNNELS.has(type) && flags.includes('POINTOPOINT');
  return BARE.has(type) || isTunnelWithRemote ? 'packets' : undefined;
}

/** Every address in the answer of `ip -j address show`. */
export function readAddresses(answer: unknown): Address[] {
  return ipAddresses
    .parse(answer)
    .flatMap(({ addr_info }) => addr_info.map(({ local }) => parseAddress(local ?? '')))
    .filter((address) => address !== undefined);
}

function readConnected(answer: unknown): Prefix[] {
  return ipRoutes
    .parse(answer)
    .filter(({ gateway, dst, type }) => gateway === undefined && dst !== 'default' && type === undefined)
    .map(({ dst }) => parsePrefix(dst))
    .filter((prefix) => prefix !== undefined)
    .map(({ address, length }) => ({ address: maskAddress(address, length), length }));
}

function readNextHop(answer: unknown, family: Family): Address | undefined {
  const gateways = ipRoutes
    .parse(answer)
    .filter(({ dst, gateway }) => dst === 'default' && gateway !== undefined)
    .toSorted((one, other) => one.metric - other.metric)
    .map(({ gateway }) => parseAddress(gateway ?? ''));
  return gateways.find((address) => address !== undefined && familyOf(address) === family);
}
