/**
 * Compares the egress address that a policy case expects with the one that its rule would choose. All addresses that the rules
 * name count as owned, and those in `down` as out of service.
 */
import { z } from 'zod';
import { chooseEgress, type EgressChoice, type EgressRefusal } from '../../egress/choose-egress.ts';
import { EgressInventory } from '../../egress/egress-inventory.ts';
import { type EgressRuleSettings, planEgress } from '../../egress/egress-plan.ts';
import { parseRulePrefix } from '../../egress/rule-prefix.ts';
import {
  familyOf,
  formatAddress,
  type Prefix,
  parseAddress,
  parsePrefix,
  prefixContains,
  prefixesOverlap,
} from '../../wire/address.ts';

export const expectedEgressSchema = z.looseObject({
  method: z.enum(['dedicated', 'default', 'none']),
  ipv4: z.string().nullish(),
  ipv6: z.string().nullish(),
  why: z.string().nullish(),
});

export type ExpectedEgress = z.output<typeof expectedEgressSchema>;

/** The circumstances of the choice. */
export interface EgressSituation {
  readonly name: string;
  /** The egress settings of the rule that matched; undefined if none did, or if it uses the default method. */
  readonly settings: EgressRuleSettings | undefined;
  /** The egress settings of all rules, whose addresses the gateway owns. */
  readonly owned: readonly EgressRuleSettings[];
  readonly context: Readonly<Record<string, unknown>>;
  readonly down: readonly string[];
}

/** Describes how the address that would be chosen differs from the expected one; undefined if it does not. */
export function judgeEgress(expected: ExpectedEgress, situation: EgressSituation): string | undefined {
  const { name, settings, owned, context } = situation;
  const unread = situation.down.find((text) => readDown(text).length === 0);
  if (unread !== undefined) return `cannot read ${JSON.stringify(unread)} in "down": it is no address`;
  const inventory = new EgressInventory({
    addresses: listAddresses(owned).map((prefix) => ({ prefix, uplink: 'wan', location: undefined })),
    defaultIpv4: DEFAULT_IPV4.address,
    defaultIpv6: DEFAULT_IPV6,
  });
  const down = situation.down.flatMap(readDown);
  const answers = (index: number) => {
    const prefix = inventory.addresses[index]?.prefix;
    return prefix !== undefined && !down.some((lost) => prefixesOverlap(lost, prefix));
  };
  const { plan } = planEgress(inventory, settings);
  const family = familyOfCase(context, expected);
  const choice = chooseEgress(plan, family, name, {
    inventory,
    health: { isUp: answers, answers },
    secret: new Uint8Array(32),
  });
  return describeDifference(expected, choice);
}

/** Placeholders for the addresses of the default method, which a case does not name (RFC 7335, RFC 6666). */
const DEFAULT_IPV4: Prefix = { address: Uint8Array.of(192, 0, 0, 8), length: 32 };
const DEFAULT_IPV6: Prefix = { address: Uint8Array.of(1, ...new Uint8Array(15)), length: 64 };

function readDown(text: string): readonly Prefix[] {
  if (text === 'default') return [DEFAULT_IPV4, DEFAULT_IPV6];
  if (text === '0.0.0.0') return [DEFAULT_IPV4];
  if (text === '::') return [DEFAULT_IPV6];
  const prefix = parsePrefix(text) ?? parseRulePrefix(text);
  return prefix === undefined ? [] : [prefix];
}

function familyOfCase(context: EgressSituation['context'], expected: ExpectedEgress): 4 | 6 {
  if (expected.ipv6) return 6;
  const destinations = [context['net.dst.ip']].flat().map((text) => parseAddress(String(text)));
  const families = destinations.map((address) => address && familyOf(address));
  return families.length > 0 && families.every((family) => family === 6) ? 6 : 4;
}

/** All addresses that rules name, and the default ones, without those that are part of a larger range. */
function listAddresses(owned: readonly EgressRuleSettings[]): Prefix[] {
  const named = owned.flatMap(({ ipv4, ipv4_fallback: fallback, ipv6 }) => {
    const hosts = [ipv4, fallback].map((text) =>
      text && text !== '0.0.0.0' ? parsePrefix(text) : undefined,
    );
    return [...hosts, ipv6 ? parseRulePrefix(ipv6) : undefined].filter((prefix) => prefix !== undefined);
  });
  const largestFirst = [...named, DEFAULT_IPV4, DEFAULT_IPV6].toSorted(
    (one, other) => one.length - other.length,
  );
  return largestFirst.filter(
    (prefix, index) => !largestFirst.slice(0, index).some((larger) => prefixContains(larger, prefix.address)),
  );
}

function describeDifference(
  expected: ExpectedEgress,
  choice: EgressChoice | EgressRefusal,
): string | undefined {
  if (typeof choice === 'string') {
    return expected.method === 'none'
      ? undefined
      : `expected egress ${expected.method}, got none (${choice})`;
  }
  const { method, role, address } = choice;
  const wanted = expected.ipv6 || expected.ipv4 || undefined;
  const prefix = wanted === undefined ? undefined : (parseRulePrefix(wanted) ?? parsePrefix(wanted));
  // A case cannot know the address of the default method.
  const isAny = wanted === undefined || method === 'default';
  const isWanted = isAny || (prefix !== undefined && prefixContains(prefix, address));
  const isRole = expected.why !== 'primary_down' || role === 'secondary';
  if (expected.method === method && isWanted && isRole) return undefined;
  const found = `${method} ${formatAddress(address)} (${role})`;
  return `expected egress ${[expected.method, wanted, expected.why].filter(Boolean).join(' ')}, got ${found}`;
}
