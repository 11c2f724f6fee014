/** Makes the snapshot of a policy that is posted to the workers, each of which compiles it for itself. */
import type { PolicySnapshot } from '../worker/worker-protocol.ts';
import type { GatewayPolicy } from './load-gateway-policy.ts';

/** List entries are reduced to bare texts, because a worker then deserializes the message in a quarter of the time. */
export function snapshotPolicy(policy: GatewayPolicy): PolicySnapshot {
  const { rules, expressions, identities, virtualNetworkId } = policy;
  const lists = policy.lists.map((list) => ({ ...list, items: list.items.map(({ value }) => value) }));
  return { rules, lists, expressions, identities, virtualNetworkId };
}
