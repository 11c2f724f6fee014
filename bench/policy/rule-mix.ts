/**
 * The rules of the benchmark. Of every hundred: 45 name hosts or domains one by one or in sets, 8 refer to lists, 24 ask
 * for groups, people, categories or applications, 11 for addresses or ports, 4 for countries, 2 match a regular
 * expression, and 6 combine such conditions with not and or. No rule is so broad that those after it are never reached:
 * what holds for much of the traffic (a port, a country, a category) stands beside a group or another condition.
 */
import type { RuleObject } from '../../src/policy/rules/rule-object.ts';
import type { Draw } from '../../test/support/draw.ts';
import { drawList, type MixedList } from './list-mix.ts';
import {
  below,
  COUNTRIES,
  drawApplication,
  drawCategory,
  drawDomain,
  drawEmail,
  drawGroup,
  drawHost,
  drawNetwork,
} from './world.ts';

/** Facts by field name, as `loadFacts` takes them. */
export type Context = Record<string, unknown>;

export interface MixedRule {
  readonly rule: RuleObject;
  /** What a connection must have for the rule to hold, beside whatever else it has. */
  readonly aim: Context;
}

interface Condition {
  readonly traffic?: string;
  readonly identity?: string;
  readonly aim: Context;
}

type Kind = (draw: Draw, lists: readonly MixedList[]) => Condition;

/** How many of a hundred rules are of each kind. */
const MIX: ReadonlyArray<readonly [number, Kind]> = [
  [22, host],
  [5, hostSet],
  [14, domain],
  [4, domainSet],
  [6, domainList],
  [2, addressList],
  [6, groupForHost],
  [6, emailForDomain],
  [6, categoryForGroup],
  [6, applicationForGroup],
  [7, networks],
  [4, portForSources],
  [4, countryForPort],
  [2, regex],
  [6, combination],
];

/** So many rules, in an order of chance, the same for the same seed; every kind has its share of each hundred. */
export function makeRules(draw: Draw, lists: readonly MixedList[], count: number): MixedRule[] {
  const kinds = MIX.flatMap(([share, kind]) => new Array<Kind>(share).fill(kind));
  const chosen = Array.from({ length: count }, (_, index) => kinds[index % kinds.length] ?? host);
  return draw.shuffle(chosen).map((kind, index) => makeRule(kind(draw, lists), kind.name, index));
}

function makeRule({ traffic = '', identity = '', aim }: Condition, kind: string, index: number): MixedRule {
  const rule = {
    name: `${kind} ${index}`,
    precedence: index + 1,
    enabled: true,
    filters: ['egress'],
    action: 'egress',
    traffic,
    identity,
  };
  return { rule, aim };
}

function host(draw: Draw): Condition {
  const name = drawHost(draw);
  return { traffic: `net.fqdn.host == ${quote(name)}`, aim: { 'net.fqdn.host': name } };
}

function hostSet(draw: Draw): Condition {
  const names = draw.some(5, () => drawHost(draw));
  return { traffic: `net.fqdn.host in ${setOf(names)}`, aim: { 'net.fqdn.host': draw.one(names) } };
}

function domain(draw: Draw): Condition {
  const name = drawDomain(draw);
  return { traffic: inDomain(name), aim: { 'net.fqdn.host': below(draw, name) } };
}

function domainSet(draw: Draw): Condition {
  const names = draw.some(5, () => drawDomain(draw));
  return {
    traffic: `any(net.fqdn.domains[*] in ${setOf(names)})`,
    aim: { 'net.fqdn.host': below(draw, draw.one(names)) },
  };
}

function domainList(draw: Draw, lists: readonly MixedList[]): Condition {
  const list = drawList(draw, lists, 'DOMAIN');
  const group = drawGroup(draw);
  return {
    traffic: `any(net.fqdn.domains[*] in $${list.name})`,
    identity: inGroup(group),
    aim: { 'net.fqdn.host': below(draw, draw.one(list.items)), ...memberOf(group) },
  };
}

function addressList(draw: Draw, lists: readonly MixedList[]): Condition {
  const [addresses, people] = [drawList(draw, lists, 'IP'), drawList(draw, lists, 'EMAIL')];
  return {
    traffic: `any(net.dst.ip[*] in $${addresses.name}) and net.dst.port in {22 3389}`,
    identity: `identity.email in $${people.name}`,
    aim: {
      'net.dst.ip': draw.one(addresses.items).replace(/0\/24$/, '7'),
      'net.dst.port': 22,
      'identity.email': draw.one(people.items),
    },
  };
}

function groupForHost(draw: Draw): Condition {
  const [name, group] = [drawHost(draw), drawGroup(draw)];
  return {
    traffic: `net.fqdn.host == ${quote(name)}`,
    identity: inGroup(group),
    aim: { 'net.fqdn.host': name, ...memberOf(group) },
  };
}

function emailForDomain(draw: Draw): Condition {
  const [name, email] = [drawDomain(draw), drawEmail(draw)];
  return {
    traffic: inDomain(name),
    identity: `identity.email == ${quote(email)}`,
    aim: { 'net.fqdn.host': below(draw, name), 'identity.email': email },
  };
}

function categoryForGroup(draw: Draw): Condition {
  const [category, group, exception] = [drawCategory(draw), drawGroup(draw), drawDomain(draw)];
  return {
    traffic: `any(net.fqdn.content_category[*] in {${category} ${drawCategory(draw)}}) and not(${inDomain(exception)})`,
    identity: inGroup(group),
    aim: { 'net.fqdn.content_category': [category], ...memberOf(group) },
  };
}

function applicationForGroup(draw: Draw): Condition {
  const [application, group] = [drawApplication(draw), drawGroup(draw)];
  return {
    traffic: `any(app.ids[*] in {${application} ${drawApplication(draw)} ${drawApplication(draw)}})`,
    identity: inGroup(group),
    aim: { 'app.ids': [application], ...memberOf(group) },
  };
}

function networks(draw: Draw): Condition {
  const [first, second] = [drawNetwork(draw), drawNetwork(draw)];
  return {
    traffic: `any(net.dst.ip[*] in {${first.prefix} ${second.prefix} ${second.address}})`,
    aim: { 'net.dst.ip': first.address },
  };
}

function portForSources(draw: Draw): Condition {
  const port = 1024 + draw.below(60_000);
  const third = draw.below(256);
  return {
    traffic: `net.dst.port in {${port} ${port + 1}..${port + 9}} and net.src.internal_src_ip in {10.64.${third}.0/24} and net.protocol == "tcp"`,
    aim: { 'net.dst.port': port + 5, 'net.src.internal_src_ip': `10.64.${third}.9`, 'net.protocol': 'tcp' },
  };
}

function countryForPort(draw: Draw): Condition {
  const [country, group] = [draw.one(COUNTRIES), drawGroup(draw)];
  return {
    traffic: `net.dst.geo.country in {${quote(country)}} and net.dst.port == 22`,
    identity: inGroup(group),
    aim: { 'net.dst.geo.country': country, 'net.dst.port': 22, ...memberOf(group) },
  };
}

function regex(draw: Draw): Condition {
  const name = drawDomain(draw);
  const [label = ''] = name.split('.');
  const pattern = draw.chance(0.5) ? `^([a-z0-9-]+[.])*${label}[.][a-z.]+$` : `.*${label}.*`;
  return {
    traffic: `net.fqdn.host matches ${quote(pattern)}`,
    aim: { 'net.fqdn.host': below(draw, name) },
  };
}

function combination(draw: Draw): Condition {
  const [name, sibling, group, other] = [drawHost(draw), drawDomain(draw), drawGroup(draw), drawGroup(draw)];
  return {
    traffic: `(net.fqdn.host == ${quote(name)} or ${inDomain(sibling)}) and not(net.dst.port in {25 465 587})`,
    identity: `${inGroup(group)} or not(${inGroup(other)})`,
    aim: {
      'net.fqdn.host': draw.chance(0.5) ? name : below(draw, sibling),
      'net.dst.port': 443,
      ...memberOf(group),
    },
  };
}

function inDomain(name: string): string {
  return `any(net.fqdn.domains[*] == ${quote(name)})`;
}

function inGroup(group: string): string {
  return `any(identity.groups[*].name in {${quote(group)}})`;
}

function memberOf(group: string): Context {
  return { 'identity.groups': [{ id: group, name: group, email: undefined }] };
}

function setOf(names: readonly string[]): string {
  return `{${names.map(quote).join(' ')}}`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
