/** What policy.yaml means for alice (finance), bob (no group) and a machine with no identity: site by site, who comes from where. */
import { isIPv6 } from 'node:net';
import { EGRESS } from '../lab/topology.ts';
import { isEgress6 } from './address-sets.ts';

/** Which IPv6 egress a visit uses: Acme's range, or the default address. */
export type Egress6 = 'dedicated' | 'default';

export interface Visit {
  readonly client: 'alice' | 'bob';
  readonly host: string;
  readonly rule: string;
  readonly ipv4: string;
  readonly ipv6: Egress6;
}

const DEFAULT = { ipv4: EGRESS.default4, ipv6: 'default' } as const;
const SECONDARY = { ipv4: EGRESS.secondary, ipv6: 'dedicated' } as const;
const OTHER = { ipv4: EGRESS.other, ipv6: 'dedicated' } as const;

export const BANK_VISITS: readonly Visit[] = [
  { client: 'alice', host: 'bank.example.com', rule: 'finance', ipv4: EGRESS.primary, ipv6: 'dedicated' },
  { client: 'bob', host: 'bank.example.com', rule: 'not finance', ...DEFAULT },
];

export const OTHER_VISITS: readonly Visit[] = [
  { client: 'bob', host: 'shop.example.com', rule: 'no rule of its own', ...DEFAULT },
  { client: 'bob', host: 'partner.example.net', rule: 'the domain itself', ...SECONDARY },
  { client: 'alice', host: 'www.partner.example.net', rule: 'a name below the domain', ...SECONDARY },
  { client: 'bob', host: 'api.partner.example.net', rule: 'another name below it', ...SECONDARY },
  { client: 'alice', host: 'slack.com', rule: 'an application', ...OTHER },
  { client: 'bob', host: 'app.slack.com', rule: 'an application, below its name', ...OTHER },
  { client: 'bob', host: 'news.example.org', rule: 'a content category', ...SECONDARY },
  { client: 'alice', host: 'twin.example.com', rule: "the bank's address, another name", ...SECONDARY },
];

/** The bank's address with no name: the rule on addresses, which names Finance only. */
export const LITERAL_VISITS: readonly Visit[] = [
  { client: 'alice', host: '192.0.2.198', rule: 'a literal address, finance', ...OTHER },
  { client: 'bob', host: '192.0.2.198', rule: 'a literal address, not finance', ...DEFAULT },
];
export const BANK_LITERALS = { ipv4: '192.0.2.198', ipv6: '2001:db8:2::198' } as const;

/** The host of a visit as a URL spells it for a family; a literal address becomes its IPv6 twin. */
export function hostFor(visit: Visit, family: 4 | 6): string {
  return family === 6 && visit.host === BANK_LITERALS.ipv4 ? `[${BANK_LITERALS.ipv6}]` : visit.host;
}

export function isExpectedSource(visit: Visit, family: 4 | 6, address: string): boolean {
  if (family === 4) return address === visit.ipv4;
  return visit.ipv6 === 'dedicated' ? isEgress6(address) : address === EGRESS.default6;
}

/** Whether a site saw alice come from where the policy sends her, over whichever family she came. */
export function isSourceOfAlice(host: string, address: string): boolean {
  const visit = [...BANK_VISITS, ...OTHER_VISITS].find((one) => one.client === 'alice' && one.host === host);
  if (visit === undefined)
    throw new RangeError(`Cannot tell from where alice visits '${host}': no visit says it`);
  return isExpectedSource(visit, isIPv6(address) ? 6 : 4, address);
}

/** The expected source in words. */
export function describeSource(visit: Visit, family: 4 | 6): string {
  if (family === 4) return visit.ipv4;
  return visit.ipv6 === 'dedicated' ? EGRESS.prefix6 : EGRESS.default6;
}
