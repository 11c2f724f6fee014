/**
 * The sites of the lab's internet: names, addresses, and which egress addresses the lab's policy lets each be
 * reached from. DNS zone, certificates, server addresses and the oracle are all made from this table.
 */
import { EGRESS } from './topology.ts';

export interface Site {
  readonly names: readonly string[];
  /** Last group of the site's address: 192.0.2.<host>, and 2001:db8:2::<host> with the same digits. */
  readonly host: number;
  readonly families: ReadonlyArray<4 | 6>;
  /** Source addresses that policy.yaml allows towards the address, failover included; absent: any egress address. */
  readonly egress?: readonly string[];
}

const BOTH = [4, 6] as const;
const DEFAULT_ONLY = [EGRESS.default4, EGRESS.default6];

export const SITES: readonly Site[] = [
  { names: ['ns.example.com'], host: 53, families: BOTH },
  // The twin shares the bank's address but not its rule.
  { names: ['bank.example.com', 'twin.example.com'], host: 198, families: BOTH },
  { names: ['probe.example.com'], host: 77, families: BOTH },
  { names: ['shop.example.com'], host: 20, families: BOTH, egress: DEFAULT_ONLY },
  {
    names: ['partner.example.net', 'www.partner.example.net'],
    host: 30,
    families: BOTH,
    egress: [EGRESS.secondary, EGRESS.default4, EGRESS.prefix6],
  },
  {
    names: ['api.partner.example.net'],
    host: 31,
    families: BOTH,
    egress: [EGRESS.secondary, EGRESS.default4, EGRESS.prefix6],
  },
  {
    names: ['slack.com', 'app.slack.com'],
    host: 40,
    families: BOTH,
    egress: [EGRESS.other, EGRESS.default4, EGRESS.prefix6],
  },
  {
    names: ['news.example.org'],
    host: 50,
    families: BOTH,
    egress: [EGRESS.secondary, EGRESS.primary, EGRESS.prefix6],
  },
  { names: ['speed.example.com'], host: 60, families: BOTH, egress: DEFAULT_ONLY },
  { names: ['shell.example.com'], host: 61, families: BOTH, egress: DEFAULT_ONLY },
  { names: ['v4only.example.com'], host: 62, families: [4], egress: DEFAULT_ONLY },
  { names: ['v6only.example.com'], host: 63, families: [6], egress: DEFAULT_ONLY },
];

/** The site nobody answers for, so that packet probes may play its server. */
export const PROBE_HOST = 77;

export function ipv4Of(site: Site): string {
  return `192.0.2.${site.host}`;
}

export function ipv6Of(site: Site): string {
  return `2001:db8:2::${site.host}`;
}

/** The site that has a name. */
export function siteNamed(name: string): Site {
  const site = SITES.find((candidate) => candidate.names.includes(name));
  if (site === undefined)
    throw new RangeError(`Cannot find site '${name}': it is not in netns-tests/lab/sites.ts`);
  return site;
}
