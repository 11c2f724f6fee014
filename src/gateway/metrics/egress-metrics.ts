/** Metrics of each egress address: health, flows and use of ports. */
import { HEALTH_STATES } from '../../egress/egress-health.ts';
import type { EgressAddress, EgressInventory } from '../../egress/egress-inventory.ts';
import type { NatUse } from '../../nat/nat-use.ts';
import { counter, gauge, type Metric, type Sample } from '../../report/metric.ts';
import type { EgressProber } from '../egress/egress-prober.ts';
import { formatEgress } from '../views/describe-egress.ts';

export interface EgressParts {
  readonly inventory: EgressInventory;
  readonly health: Pick<EgressProber, 'describe'>;
  readonly natUse: NatUse;
}

export function egressMetrics({ inventory, health, natUse }: EgressParts): Metric[] {
  const each = (read: (index: number) => number): Sample[] =>
    inventory.addresses.map((address) => ({ labels: labelsOf(address), value: read(address.index) }));
  const states = inventory.addresses.flatMap((address) =>
    HEALTH_STATES.map((state) => ({
      labels: { ...labelsOf(address), state },
      value: Number(health.describe(address.index).state === state),
    })),
  );
  return [
    gauge('syngate_egress_health', '1 for the state that an egress address is in', states),
    counter(
      'syngate_egress_falls_total',
      'Times that an egress address went out of service',
      each((index) => health.describe(index).falls),
    ),
    gauge(
      'syngate_egress_flows',
      'Live flows of an egress address',
      each((index) => natUse.portsOf(index).flows),
    ),
    gauge(
      'syngate_egress_ports_used',
      'External ports that mappings hold, all protocols together',
      each((index) => natUse.portsOf(index).used),
    ),
    gauge(
      'syngate_egress_ports_shared',
      'TCP mappings that share their port with others, which begins when four fifths of the ports are in use',
      each((index) => natUse.portsOf(index).shared),
    ),
    gauge(
      'syngate_egress_ports_capacity',
      'External ports available, over the protocols and addresses in use',
      each((index) => natUse.portsOf(index).capacity),
    ),
  ];
}

function labelsOf(address: EgressAddress): { egress: string; uplink: string } {
  return { egress: formatEgress(address), uplink: address.uplink };
}
