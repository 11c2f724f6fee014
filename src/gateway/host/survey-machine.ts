/** Finds what a gateway could use on a machine: interfaces towards the internet and towards clients, and name servers. */
import { existsSync, readFileSync } from 'node:fs';
import { type Address, maskAddress, type Prefix, parseAddress } from '../../wire/address.ts';
import { ipAddresses, ipLinks, ipRoutes } from './ip-json.ts';
import { runIpJson } from './run-command.ts';

export interface MachineSurvey {
  /** Interfaces with a default route, and the addresses on them that the world can see. */
  readonly uplinks: ReadonlyArray<{ readonly interface: string; readonly addresses: readonly Address[] }>;
  /** Other interfaces with addresses, and the networks on them. */
  readonly onramps: ReadonlyArray<{ readonly interface: string; readonly networks: readonly Prefix[] }>;
  /** Those of /etc/resolv.conf that are not this machine itself. */
  readonly nameServers: readonly Address[];
}

/** Only looks. Throws GatewayError EHOST when `ip` cannot be asked. */
export async function surveyMachine(resolvConf = '/etc/resolv.conf'): Promise<MachineSurvey> {
  const [links, addresses, routes4, routes6] = await Promise.all([
    // The kind of an interface is told only in detail.
    runIpJson('-d', 'link', 'show'),
    runIpJson('address', 'show'),
    runIpJson('-4', 'route', 'show', 'table', 'main', 'default'),
    runIpJson('-6', 'route', 'show', 'table', 'main', 'default'),
  ]);
  const towardsInternet = new Set(
    [...ipRoutes.parse(routes4), ...ipRoutes.parse(routes6)].map(({ dev }) => dev),
  );
  const networks = readNetworks(addresses);
  const usable = ipLinks
    .parse(links)
    .filter(({ flags, linkinfo }) => !flags.includes('LOOPBACK') && linkinfo?.info_kind !== 'tun')
    .map(({ ifname }) => ({ interface: ifname, networks: networks.get(ifname) ?? [] }));
  return {
    uplinks: usable
      .filter((link) => towardsInternet.has(link.interface))
      .map((link) => ({ interface: link.interface, addresses: link.networks.map(({ address }) => address) })),
    onramps: usable
      .filter((link) => !towardsInternet.has(link.interface) && link.networks.length > 0)
      .map((link) => ({ interface: link.interface, networks: link.networks.map(wholeNetwork) })),
    nameServers: readNameServers(resolvConf),
  };
}

/** By interface: each address with the length of its network. */
function readNetworks(answer: unknown): ReadonlyMap<string, readonly Prefix[]> {
  return new Map(
    ipAddresses.parse(answer).map(({ ifname = '', addr_info: entries }) => [
      ifname,
      entries.flatMap(({ local = '', prefixlen: length, scope }) => {
        const address = parseAddress(local);
        return address === undefined || scope !== 'global' ? [] : [{ address, length }];
      }),
    ]),
  );
}

function wholeNetwork({ address, length }: Prefix): Prefix {
  return { address: maskAddress(address, length), length };
}

function readNameServers(file: string): readonly Address[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)]
    .map(([, server = '']) => parseAddress(server))
    .filter((address) => address !== undefined)
    .filter((address) => !isLoopback(address));
}

function isLoopback(address: Address): boolean {
  if (address.length === 4) return address[0] === 127;
  return address.every((byte, index) => byte === (index === 15 ? 1 : 0));
}
