/** Collects all metrics of a running gateway without involving the workers, so that no packet is delayed. */
import type { Metric } from '../../report/metric.ts';
import { type DnsParts, dnsMetrics } from './dns-metrics.ts';
import { type EgressParts, egressMetrics } from './egress-metrics.ts';
import { type LeaseParts, leaseMetrics } from './lease-metrics.ts';
import { type PolicyParts, policyMetrics } from './policy-metrics.ts';
import { type ProcessParts, processMetrics } from './process-metrics.ts';
import { type TrafficParts, trafficMetrics } from './traffic-metrics.ts';

export type MetricsParts = TrafficParts & EgressParts & LeaseParts & DnsParts & PolicyParts & ProcessParts;

export function collectMetrics(parts: MetricsParts): Metric[] {
  return [
    ...trafficMetrics(parts),
    ...egressMetrics(parts),
    ...leaseMetrics(parts),
    ...dnsMetrics(parts),
    ...policyMetrics(parts),
    ...processMetrics(parts),
  ];
}
