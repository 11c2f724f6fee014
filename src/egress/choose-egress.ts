/**
 * Chooses the source address of a new flow from the plan of the rule that matched it. Never uses another method than the
 * plan names: when none of its addresses is in service the flow is refused (rows S10, FL-25 to FL-27).
 */
import type { DropReason } from '../report/drop-reason.ts';
import { type Address, type Family, familyOf } from '../wire/address.ts';
import { chooseClientAddress } from './client-address.ts';
import type { EgressHealth } from './egress-health.ts';
import type { EgressInventory, EgressSource } from './egress-inventory.ts';
import type { EgressPlan, FamilyPlan } from './egress-plan.ts';

export interface EgressChoice {
  readonly index: number;
  readonly address: Address;
  readonly method: 'dedicated' | 'default';
  /** `secondary` whenever the primary was out of service, also when the default method stood in for it. */
  readonly role: 'primary' | 'secondary' | 'default';
}

export type EgressRefusal = Extract<DropReason, 'egress-none-healthy' | 'egress-no-address'>;

/** What the choice depends on besides the plan. */
export interface EgressSurroundings {
  readonly inventory: EgressInventory;
  readonly health: Pick<EgressHealth, 'isUp' | 'answers'>;
  /** Key of the hash that spreads clients over an IPv6 range. */
  readonly secret: Uint8Array;
  /** Addresses inside IPv6 ranges that are in use by others: next hops, the kernel's own. */
  readonly taken?: readonly Address[];
}

/**
 * The address for a flow to a destination of `family`, or why there is none. `clientKey` identifies the client (its user or
 * its inner address): each key has one address of a range. A resting address is taken when the plan has no other.
 */
export function chooseEgress(
  plan: EgressPlan,
  family: Family,
  clientKey: string,
  surroundings: EgressSurroundings,
): EgressChoice | EgressRefusal {
  const candidates = listCandidates(family === 4 ? plan.ipv4 : plan.ipv6, family, surroundings.inventory);
  const { health } = surroundings;
  const chosen =
    candidates.find(({ source }) => health.isUp(source.index)) ??
    candidates.find(({ source }) => health.answers(source.index));
  if (chosen !== undefined) return take(chosen, clientKey, surroundings);
  return candidates.length === 0 ? 'egress-no-address' : 'egress-none-healthy';
}

interface Candidate {
  readonly source: EgressSource;
  readonly method: EgressChoice['method'];
  readonly role: EgressChoice['role'];
}

/** Candidates in the order of the plan; addresses that no longer exist are left out. */
function listCandidates(step: FamilyPlan, family: Family, inventory: EgressInventory): readonly Candidate[] {
  const fallback = family === 4 ? inventory.default4 : inventory.default6;
  if (step.method === 'default') return candidate(fallback, 'default', 'default');
  const { primary, secondary } = step;
  return [
    ...candidate(primary, 'dedicated', 'primary'),
    ...(secondary === 'default'
      ? candidate(fallback, 'default', 'secondary')
      : candidate(secondary, 'dedicated', 'secondary')),
  ];
}

function candidate(
  source: EgressSource | undefined,
  method: EgressChoice['method'],
  role: EgressChoice['role'],
): readonly Candidate[] {
  return source === undefined ? [] : [{ source, method, role }];
}

function take(
  { source: { index, prefix }, method, role }: Candidate,
  clientKey: string,
  { secret, taken }: EgressSurroundings,
): EgressChoice | EgressRefusal {
  const address =
    familyOf(prefix.address) === 4 ? prefix.address : chooseClientAddress(prefix, clientKey, secret, taken);
  return address === undefined ? 'egress-no-address' : { index, address, method, role };
}
