/**
 * The source address of a new flow, from the plan of the rule that took it. Never another method than the plan names:
 * when none of its addresses is in service the flow is refused (rows S10, FL-25 to FL-27).
 */
import type { DropReason } from '../report/drop-reason.ts';
import { type Address, type Family, familyOf } from '../wire/address.ts';
import { chooseClientAddress } from './client-address.ts';
import type { EgressInventory, EgressSource } from './egress-inventory.ts';
import type { EgressPlan } from './egress-plan.ts';

export interface EgressChoice {
  readonly index: number;
  readonly address: Address;
  readonly method: 'dedicated' | 'default';
  /** `secondary` whenever the primary was out of service, also when the default method stood in for it. */
  readonly role: 'primary' | 'secondary' | 'default';
}

export type EgressRefusal = Extract<DropReason, 'egress-none-healthy' | 'egress-no-address'>;

/** What a choice is made from besides the plan. */
export interface EgressSurroundings {
  readonly inventory: EgressInventory;
  readonly health: { isUp(index: number): boolean };
  /** Key of the hash that spreads clients over an IPv6 range. */
  readonly secret: Uint8Array;
  /** Addresses inside IPv6 ranges that somebody else has: next hops, the kernel's own. */
  readonly taken?: readonly Address[];
}

/**
 * The address for a flow to a destination of `family`, or why there is none. `clientKey` names the client (its user or
 * its inner address): one key, one address of a range.
 */
export function chooseEgress(
  plan: EgressPlan,
  family: Family,
  clientKey: string,
  surroundings: EgressSurroundings,
): EgressChoice | EgressRefusal {
  const step = family === 4 ? plan.ipv4 : plan.ipv6;
  if (step.method === 'default') return chooseDefault(family, 'default', clientKey, surroundings);
  const { primary, secondary } = step;
  if (isUsable(primary, surroundings)) return take(primary, 'dedicated', 'primary', clientKey, surroundings);
  if (secondary === 'default') return chooseDefault(family, 'secondary', clientKey, surroundings);
  if (isUsable(secondary, surroundings))
    return take(secondary, 'dedicated', 'secondary', clientKey, surroundings);
  return primary === undefined && secondary === undefined ? 'egress-no-address' : 'egress-none-healthy';
}

function chooseDefault(
  family: Family,
  role: 'default' | 'secondary',
  clientKey: string,
  surroundings: EgressSurroundings,
): EgressChoice | EgressRefusal {
  const { inventory } = surroundings;
  const source = family === 4 ? inventory.default4 : inventory.default6;
  if (source === undefined) return 'egress-no-address';
  return isUsable(source, surroundings)
    ? take(source, 'default', role, clientKey, surroundings)
    : 'egress-none-healthy';
}

function isUsable(
  source: EgressSource | undefined,
  surroundings: EgressSurroundings,
): source is EgressSource {
  return source !== undefined && surroundings.health.isUp(source.index);
}

function take(
  { index, prefix }: EgressSource,
  method: EgressChoice['method'],
  role: EgressChoice['role'],
  clientKey: string,
  { secret, taken }: EgressSurroundings,
): EgressChoice | EgressRefusal {
  const address =
    familyOf(prefix.address) === 4 ? prefix.address : chooseClientAddress(prefix, clientKey, secret, taken);
  return address === undefined ? 'egress-no-address' : { index, address, method, role };
}
