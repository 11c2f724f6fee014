/** Drafts a configuration from a survey of the machine, with comments where the administrator has to decide. */
import { type Address, familyOf, formatAddress, formatPrefix } from '../../wire/address.ts';
import { needsAllowing } from '../host/private-destinations.ts';
import type { MachineSurvey } from '../host/survey-machine.ts';

/** Examples for what was not found on the machine, to be replaced by the administrator. */
const NO_ONRAMP = { interface: 'lan0', networks: [] };
const NO_UPLINK = { interface: 'wan0', addresses: [] };
const NO_CLIENTS = '10.64.0.0/24';
const NO_EGRESS = '203.0.113.9';
const NO_UPSTREAM = '192.0.2.53';

/** The text of the file: YAML that `syngate check` accepts. */
export function draftConfig(survey: MachineSurvey): string {
  return [
    '# syngate configuration, written by "syngate init"; docs/configuration.md explains every key.',
    '# Lines marked CHANGE hold examples, because nothing was found on this machine.',
    '',
    '# Where clients come in, and the only source addresses that are taken from there.',
    'onramps:',
    ...orExample(survey.onramps, NO_ONRAMP).map(draftOnramp),
    '',
    '# Where connections leave. host_ports: TCP ports at which this machine itself stays reachable.',
    'uplinks:',
    '# allow_destinations: private addresses that may be reached there, of a name server for instance.',
    ...orExample(survey.uplinks, NO_UPLINK).map((uplink) => draftUplink(uplink, survey.nameServers)),
    '',
    '# Every address connections may leave with. Add those that are routed to this machine without being configured on it.',
    'egress:',
    ...draftEgress(survey),
    '  # Active health checks, sent from each egress address; without them an address never counts as out of service.',
    '  # probe: { targets: ["icmp:192.0.2.53", "tcp:192.0.2.53:443"] }',
    '',
    '# Who the gateway asks. Over TLS: tls://192.0.2.53#dns.example, over HTTPS: https://192.0.2.53/dns-query#dns.example',
    'resolver:',
    '  upstreams:',
    ...draftUpstreams(survey.nameServers),
    '',
    '# Rules, lists, users, groups and devices: docs/policy.md. Without a policy everything leaves with the default address.',
    '# policy: policy.yaml',
    '',
  ].join('\n');
}

function draftOnramp(onramp: MachineSurvey['onramps'][number]): string {
  const { networks } = onramp;
  const clients =
    networks.length === 0 ? NO_CLIENTS : networks.map((network) => `"${formatPrefix(network)}"`).join(', ');
  return `  - { name: ${nameOf(onramp)}, interface: ${onramp.interface}, clients: [${clients}] }${mark(networks.length === 0)}`;
}

function draftUplink(uplink: MachineSurvey['uplinks'][number], nameServers: readonly Address[]): string {
  const servers = nameServers.filter(needsAllowing).map(quote);
  const allowed = servers.length === 0 ? '' : `, allow_destinations: [${servers.join(', ')}]`;
  const keys = `name: ${nameOf(uplink)}, interface: ${uplink.interface}, host_ports: [22]${allowed}`;
  return `  - { ${keys} }${mark(uplink === NO_UPLINK)}`;
}

function draftEgress({ uplinks }: MachineSurvey): readonly string[] {
  const found = uplinks.flatMap((uplink) =>
    uplink.addresses.map((address) => ({ address, uplink: nameOf(uplink) })),
  );
  const lines = found.map(({ address, uplink }) => `    - { address: ${quote(address)}, uplink: ${uplink} }`);
  const uplink = nameOf(uplinks[0] ?? NO_UPLINK);
  return [
    '  addresses:',
    ...(lines.length === 0 ? [`    - { address: ${NO_EGRESS}, uplink: ${uplink} }${mark(true)}`] : lines),
    '  # What connections leave with when no rule names an address.',
    `  default: { ${draftDefault(found.map(({ address }) => address))} }${mark(lines.length === 0)}`,
  ];
}

/** The first address of each family. */
function draftDefault(addresses: readonly Address[]): string {
  if (addresses.length === 0) return `ipv4: ${NO_EGRESS}`;
  return ([4, 6] as const)
    .flatMap((family) => {
      const first = addresses.find((address) => familyOf(address) === family);
      return first === undefined ? [] : [`ipv${family}: ${quote(first)}`];
    })
    .join(', ');
}

function draftUpstreams(nameServers: readonly Address[]): readonly string[] {
  if (nameServers.length === 0) return [`    - ${NO_UPSTREAM}${mark(true)}`];
  return nameServers.map((address) => `    - ${quote(address)}`);
}

/** A name without dots, which the interface name of a VLAN contains. */
function nameOf(link: { readonly interface: string }): string {
  return link.interface.replaceAll('.', '-');
}

function orExample<T>(found: readonly T[], example: T): readonly T[] {
  return found.length === 0 ? [example] : found;
}

function quote(address: Address): string {
  return `"${formatAddress(address)}"`;
}

function mark(isExample: boolean): string {
  return isExample ? ' # CHANGE' : '';
}
