/**
 * A rule's egress settings, resolved once against the inventory, so that the first packet of a flow only looks at
 * numbers. A setting that the gateway cannot follow becomes a problem, and in the plan an address that is never healthy:
 * a rule whose address was removed fails closed (row FL-25).
 */
import { type Address, addressesEqual, familyOf, parseAddress } from '../wire/address.ts';
import type { EgressInventory, EgressSource } from './egress-inventory.ts';
import { parseRulePrefix } from './rule-prefix.ts';

/** `rule_settings.egress` of a rule; without any of the three, the rule means the default method. */
export interface EgressRuleSettings {
  readonly ipv4?: string | undefined;
  /** `0.0.0.0` stands for the default method. */
  readonly ipv4_fallback?: string | undefined;
  readonly ipv6?: string | undefined;
}

/** What to try for one family. */
export type FamilyPlan =
  | { readonly method: 'default' }
  | {
      readonly method: 'dedicated';
      /** Undefined: an address the gateway does not own. */
      readonly primary: EgressSource | undefined;
      readonly secondary: EgressSource | 'default' | undefined;
    };

export interface EgressPlan {
  readonly ipv4: FamilyPlan;
  readonly ipv6: FamilyPlan;
}

export interface EgressProblem {
  readonly field: 'ipv4' | 'ipv4_fallback' | 'ipv6';
  readonly message: string;
}

/** The plan for connections that no rule matches. */
export const DEFAULT_PLAN: EgressPlan = { ipv4: { method: 'default' }, ipv6: { method: 'default' } };

/** The plan for a rule's settings, and what is wrong with them. */
export function planEgress(
  inventory: EgressInventory,
  settings: EgressRuleSettings | undefined,
): { plan: EgressPlan; problems: EgressProblem[] } {
  const problems: EgressProblem[] = [];
  const report = (field: EgressProblem['field'], message: string) => problems.push({ field, message });
  const plan = {
    ipv4: planIpv4(inventory, settings ?? {}, report),
    ipv6: planIpv6(inventory, settings?.ipv6, report),
  };
  return { plan, problems };
}

type Report = (field: EgressProblem['field'], message: string) => void;

function planIpv4(inventory: EgressInventory, settings: EgressRuleSettings, report: Report): FamilyPlan {
  const { ipv4, ipv4_fallback: fallback } = settings;
  if (ipv4 === undefined) {
    if (fallback === undefined) return { method: 'default' };
    report('ipv4_fallback', `Cannot fall back to ${fallback}: there is no ipv4 to fall back from`);
    return { method: 'dedicated', primary: undefined, secondary: undefined };
  }
  const primary = findIpv4(inventory, 'ipv4', ipv4, report);
  if (fallback === undefined) return { method: 'dedicated', primary, secondary: undefined };
  if (isAnyIpv4(parseAddress(fallback))) return { method: 'dedicated', primary, secondary: 'default' };
  const secondary = findIpv4(inventory, 'ipv4_fallback', fallback, report);
  if (secondary !== undefined && secondary.index === primary?.index)
    report('ipv4_fallback', `Cannot fall back to ${fallback}: it is the address to fall back from`);
  return { method: 'dedicated', primary, secondary };
}

function planIpv6(inventory: EgressInventory, text: string | undefined, report: Report): FamilyPlan {
  if (text === undefined) return { method: 'default' };
  const prefix = parseRulePrefix(text);
  if (prefix === undefined) report('ipv6', `Cannot use ${text} as egress range: it is no IPv6 prefix`);
  const primary = prefix && inventory.find(prefix);
  if (prefix !== undefined && primary === undefined)
    report(
      'ipv6',
      `Cannot use ${text} as egress range: the gateway does not own it: it is not among egress.addresses`,
    );
  return { method: 'dedicated', primary, secondary: undefined };
}

function findIpv4(
  inventory: EgressInventory,
  field: 'ipv4' | 'ipv4_fallback',
  text: string,
  report: Report,
): EgressSource | undefined {
  const address = parseAddress(text);
  const source =
    address !== undefined && familyOf(address) === 4 ? inventory.find({ address, length: 32 }) : undefined;
  if (source === undefined) report(field, `Cannot use ${text} as egress address: ${whyNot(address)}`);
  return source;
}

function whyNot(address: Address | undefined): string {
  if (address === undefined || familyOf(address) === 6) return 'it is no IPv4 address';
  return isAnyIpv4(address)
    ? 'it is only allowed as ipv4_fallback'
    : 'the gateway does not own it: it is not among egress.addresses';
}

function isAnyIpv4(address: Address | undefined): boolean {
  return address !== undefined && addressesEqual(address, new Uint8Array(4));
}
