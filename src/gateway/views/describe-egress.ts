/** Makes the records of egress addresses, with their health and use. */
import type { EgressAddress, EgressInventory } from '../../egress/egress-inventory.ts';
import { type FamilyPlan, planEgress } from '../../egress/egress-plan.ts';
import type { NatUse } from '../../nat/nat-use.ts';
import { formatPrefix, prefixContains } from '../../wire/address.ts';
import type { EgressRecord } from '../control/egress-record.ts';
import type { EgressProber } from '../egress/egress-prober.ts';
import type { EgressOwnership } from '../host/egress-ownership.ts';
import type { GatewayPolicy } from '../policy/load-gateway-policy.ts';
import { wallTime } from './wall-time.ts';

/** The parts of a running gateway that are needed. */
export interface EgressSources {
  readonly inventory: EgressInventory;
  readonly health: EgressProber;
  readonly policy: GatewayPolicy;
  readonly natUse: NatUse;
}

/** In the order of the configuration. */
export function describeEgress(parts: EgressSources, ownership: readonly EgressOwnership[]): EgressRecord[] {
  return parts.inventory.addresses.map((address) => {
    const { state, reason, sinceMs } = parts.health.describe(address.index);
    const { used, shared, capacity, flows } = parts.natUse.portsOf(address.index);
    return {
      address: formatEgress(address),
      uplink: address.uplink,
      location: address.location ?? null,
      health: state,
      reason,
      since: sinceMs === undefined ? null : wallTime(sinceMs),
      isDefault: isDefault(parts, address),
      isShared: (ownership[address.index]?.shared.length ?? 0) > 0,
      flows,
      ports: { used, shared, capacity },
      rules: rulesNaming(parts, address.index),
    };
  });
}

/** The prefix, or for a single address the address without a length. */
export function formatEgress({ prefix }: EgressAddress): string {
  const text = formatPrefix(prefix);
  return prefix.length === prefix.address.length * 8 ? text.slice(0, text.lastIndexOf('/')) : text;
}

function isDefault({ inventory }: EgressSources, { prefix }: EgressAddress): boolean {
  return [inventory.default4, inventory.default6].some(
    (source) => source !== undefined && prefixContains(prefix, source.prefix.address),
  );
}

function rulesNaming({ inventory, policy }: EgressSources, index: number): string[] {
  return policy.compiled.ruleSet.rules
    .filter(({ egress }) => {
      const { ipv4, ipv6 } = planEgress(inventory, egress).plan;
      return names(ipv4, index) || names(ipv6, index);
    })
    .map(({ id }) => id);
}

function names(step: FamilyPlan, index: number): boolean {
  if (step.method === 'default') return false;
  return step.primary?.index === index || (step.secondary !== 'default' && step.secondary?.index === index);
}
