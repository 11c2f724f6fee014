/**
 * The commands that create the TUN and steer clients into it. Packets from an on-ramp that are not for the host itself are
 * routed by a table of ours, which has the TUN and, should that vanish, `unreachable`, which drops them. A second rule, on
 * fwmark, routes the kernel's own ICMP errors about packets from the TUN back into the TUN, so that the datapath translates
 * them (row I5): the guard marks packets from the TUN, and the kernel's errors about them inherit the mark.
 */
import { familyOf, formatAddress } from '../../wire/address.ts';
import type { Config } from '../config/config.ts';
import type { HostFacts } from './host-facts.ts';
import type { IpRule } from './ip-json.ts';

/** Number of the route table and preference of the rules; after `local` (0), long before `main` (32766). */
export const ROUTE_TABLE = 5080;
const RULE_PREFERENCE = 5080;

/** Mark of packets from the TUN, and of the kernel's answers to them (sysctl fwmark_reflect). */
export const TUN_MARK = 5080;
/** The input interface, in rules, of packets that the host itself sends. */
const HOST_ITSELF = 'lo';

const TUN_METRIC = 10;
const UNREACHABLE_METRIC = 1_000_000;
/** Packets; a burst of small ones from many clients fits, and the datapath reads 64 at a time. */
const TUN_QUEUE = 1000;

const FAMILIES = [4, 6] as const;

export type Command = readonly string[];

/** Gives the TUN its addresses and steers clients into it; removes what an older configuration left behind. */
export function planSteering(config: Config, facts: HostFacts): Command[] {
  return [...planAddresses(config, facts), ...planRoutes(config, facts)];
}

/** Removes the rules, then the table, in this order so that no rule ever points to an empty table. */
export function planRoutingRemoval(family: 4 | 6, rules: readonly IpRule[], hasTable: boolean): Command[] {
  const unrule = rules.filter(isOurRule).map((rule) => ruleCommand(family, 'del', rule.iif));
  return hasTable
    ? [...unrule, ['ip', `-${family}`, 'route', 'flush', 'table', String(ROUTE_TABLE)]]
    : unrule;
}

/** MTU of the TUN: as configured, or what every uplink can carry. */
export function chooseMtu(config: Config, { links }: Pick<HostFacts, 'links'>): number {
  return (
    config.tun.mtu ?? Math.min(...config.uplinks.map((uplink) => links.get(uplink.interface)?.mtu ?? 1500))
  );
}

/** Creates the TUN if it is missing or has the wrong kind of queues, and brings it up. */
export function planTun(config: Config, facts: HostFacts): Command[] {
  const { name } = config.tun;
  const make = isTunFit(config, facts) ? [] : planNewTun(config, facts);
  const queue = ['txqueuelen', String(TUN_QUEUE)];
  return [
    ...make,
    // No link-local address: nobody else is on this link, and the datapath has no use for router solicitations.
    ...(facts.ipv6 === undefined ? [] : [['ip', 'link', 'set', 'dev', name, 'addrgenmode', 'none']]),
    ['ip', 'link', 'set', 'dev', name, 'mtu', String(chooseMtu(config, facts)), ...queue, 'up'],
  ];
}

/** A TUN cannot change its kind, so it is replaced. While it is gone, the guard and the `unreachable` route let nothing pass. */
function planNewTun(config: Config, facts: HostFacts): Command[] {
  const { name } = config.tun;
  const queues = config.limits.workers > 1 ? ['multi_queue'] : [];
  return [
    ...(facts.links.has(name) ? [['ip', 'link', 'del', 'dev', name]] : []),
    ['ip', 'tuntap', 'add', 'dev', name, 'mode', 'tun', 'vnet_hdr', ...queues],
  ];
}

function isTunFit({ tun, limits }: Config, { links }: HostFacts): boolean {
  const link = links.get(tun.name);
  return link !== undefined && (link.isMultiQueue ?? false) === limits.workers > 1;
}

function planAddresses(config: Config, facts: HostFacts): Command[] {
  const { name } = config.tun;
  const wanted = config.resolver.listen.filter(
    (address) => familyOf(address) === 4 || facts.ipv6 !== undefined,
  );
  const texts = wanted.map((address) => `${formatAddress(address)}/${address.length * 8}`);
  const there = isTunFit(config, facts) ? facts.tunAddresses : [];
  const stale = there.filter((address) => !texts.includes(address));
  return [
    ...stale.map((address) => ['ip', 'address', 'del', address, 'dev', name]),
    ...texts.map((address) => {
      const flags = address.includes(':') ? ['nodad'] : [];
      return ['ip', 'address', 'replace', address, 'dev', name, ...flags];
    }),
  ];
}

/** The table is complete before the first rule points to it. */
function planRoutes(config: Config, facts: HostFacts): Command[] {
  const table = ['table', String(ROUTE_TABLE)];
  return familiesOf(facts).flatMap((family) => {
    const replace = ['ip', `-${family}`, 'route', 'replace'];
    return [
      [...replace, 'unreachable', 'default', ...table, 'metric', String(UNREACHABLE_METRIC)],
      [...replace, 'default', 'dev', config.tun.name, ...table, 'metric', String(TUN_METRIC)],
      ...planRules(config, family, facts.rules[family].filter(isOurRule)),
    ];
  });
}

function planRules(config: Config, family: 4 | 6, existing: readonly IpRule[]): Command[] {
  const wanted = [...config.onramps.map((onramp) => onramp.interface), HOST_ITSELF];
  const there = existing.map(({ iif }) => iif);
  return [
    ...wanted.filter((name) => !there.includes(name)).map((name) => ruleCommand(family, 'add', name)),
    ...there
      .filter((name, index) => name === undefined || !wanted.includes(name) || there.indexOf(name) !== index)
      .map((name) => ruleCommand(family, 'del', name)),
  ];
}

/** Whether set-up has made the rule. */
export function isOurRule(rule: IpRule): boolean {
  return rule.priority === RULE_PREFERENCE && rule.table === String(ROUTE_TABLE);
}

function ruleCommand(family: 4 | 6, verb: 'add' | 'del', from: string | undefined): Command {
  const input = from === undefined ? [] : ['iif', from];
  const mark = from === HOST_ITSELF ? ['fwmark', String(TUN_MARK)] : [];
  return [
    'ip',
    `-${family}`,
    'rule',
    verb,
    'pref',
    String(RULE_PREFERENCE),
    ...input,
    ...mark,
    'lookup',
    String(ROUTE_TABLE),
  ];
}

function familiesOf({ ipv6 }: Pick<HostFacts, 'ipv6'>): ReadonlyArray<4 | 6> {
  return ipv6 === undefined ? [4] : FAMILIES;
}
