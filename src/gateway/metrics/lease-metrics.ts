/** Metrics of the pool of synthetic addresses. */
import { gauge, type Metric } from '../../report/metric.ts';
import type { PoolCapacity } from '../../synthetic/lease-pool-options.ts';

export interface LeaseParts {
  readonly leaseIssuer: { readonly pool: { readonly capacity: PoolCapacity }; readonly isKept: boolean };
}

export function leaseMetrics({ leaseIssuer }: LeaseParts): Metric[] {
  const { usable, free, spare, live, resting } = leaseIssuer.pool.capacity;
  const states = { live, resting, free: free - spare, spare };
  return [
    gauge(
      'syngate_leases',
      'Synthetic addresses by state; spare ones are reserved for new names while leases cannot be written to disk',
      Object.entries(states).map(([state, value]) => ({ labels: { state }, value })),
    ),
    gauge('syngate_leases_usable', 'Synthetic addresses that can be leased at all', usable),
    gauge(
      'syngate_leases_kept',
      '1 while leases are on disk, 0 while they are not',
      Number(leaseIssuer.isKept),
    ),
  ];
}
