/** What shows whether the host is still as set-up has left it, or somebody has undone a part: other programs set it up too. */
import { z } from 'zod';
import { formatAddress } from '../../wire/address.ts';
import type { Config } from '../config/config.ts';
import { ipLinks, ipRoutes, ipRules } from './ip-json.ts';
import { GUARD_TABLE } from './plan-guard.ts';
import { isOurRule, ROUTE_TABLE } from './plan-routing.ts';
import { readAddresses } from './read-uplink.ts';
import { runCommand, runIpJson } from './run-command.ts';

export interface HostMarks {
  /** The families of nftables in which the guard has its table. */
  readonly guards: readonly string[];
  /** The rules that steer clients into the TUN: how many of IPv4, and of IPv6. */
  readonly rules: readonly [number, number];
  /** The routes of the table that those lead to, likewise. */
  readonly routes: readonly [number, number];
  /** Global ones of the TUN, where the resolver is reached. */
  readonly tunAddresses: readonly string[];
  /** The TUN and the on-ramps that are there. */
  readonly links: readonly LinkMark[];
}

interface LinkMark {
  readonly name: string;
  /** Another one when the interface has been made anew. */
  readonly ifindex: number;
  readonly isUp: boolean;
}

const tables = z.object({
  nftables: z.array(z.object({ table: z.object({ family: z.string(), name: z.string() }).optional() })),
});

/** Equal to those read before while nothing is undone. */
export async function readHostMarks({ tun, onramps }: Config): Promise<HostMarks> {
  const table = ['route', 'show', 'table', String(ROUTE_TABLE)] as const;
  const [guard, rules4, rules6, routes4, routes6, addresses, links] = await Promise.all([
    runCommand(['nft', '-j', 'list', 'tables']),
    runIpJson('-4', 'rule', 'show'),
    runIpJson('-6', 'rule', 'show'),
    runIpJson('-4', ...table).catch(nothing),
    runIpJson('-6', ...table).catch(nothing),
    runIpJson('address', 'show', 'dev', tun.name, 'scope', 'global').catch(nothing),
    runIpJson('link', 'show'),
  ]);
  const names = new Set([tun.name, ...onramps.map((onramp) => onramp.interface)]);
  return {
    guards: tables
      .parse(JSON.parse(guard))
      .nftables.flatMap(({ table }) => (table?.name === GUARD_TABLE ? [table.family] : []))
      .toSorted(),
    rules: [countOurs(rules4), countOurs(rules6)],
    routes: [ipRoutes.parse(routes4).length, ipRoutes.parse(routes6).length],
    tunAddresses: readAddresses(addresses).map(formatAddress),
    links: ipLinks
      .parse(links)
      .filter(({ ifname }) => names.has(ifname))
      .map(({ ifname, ifindex, flags }) => ({ name: ifname, ifindex, isUp: flags.includes('UP') })),
  };
}

/** What `ip` says of a table or an interface that is gone is an error. */
function nothing(): unknown {
  return [];
}

function countOurs(answer: unknown): number {
  return ipRules.parse(answer).filter(isOurRule).length;
}
