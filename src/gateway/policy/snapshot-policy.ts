/** A policy as it travels to the workers, each of which compiles it for itself. */
import type { PolicySnapshot } from '../worker/worker-protocol.ts';
import type { GatewayPolicy } from './load-gateway-policy.ts';

/** A worker reads the message in one piece: entries of lists as bare texts take it a quarter of the time. */
export function snapshotPolicy(policy: GatewayPolicy): PolicySnapshot {
  const { rules, expressions, identities, virtualNetworkId } = policy;
  const lists = policy.lists.map((list) => ({ ...list, items: list.items.map(({ value }) => value) }));
  return { rules, lists, expressions, identities, virtualNetworkId };
}
