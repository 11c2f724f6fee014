/** Metrics of the workers' traffic and drops, read from shared memory. */
import { FLOW_KINDS, type NatUse } from '../../nat/nat-use.ts';
import { DROP_REASONS } from '../../report/drop-reason.ts';
import { counter, gauge, type Metric, type Sample } from '../../report/metric.ts';
import type { Config } from '../config/config.ts';
import type { CounterName, CounterSum, WorkerCounters } from '../datapath/reports/counters.ts';

export interface TrafficParts {
  readonly config: Pick<Config, 'limits'>;
  readonly counters: CounterSum;
  readonly natUse: NatUse;
}

export function trafficMetrics({ config, counters, natUse }: TrafficParts): Metric[] {
  const flows = FLOW_KINDS.map((protocol, kind) => ({ labels: { protocol }, value: natUse.flowsOf(kind) }));
  return [
    counter(
      'syngate_packets_total',
      'Packets translated, by origin; a super-packet is one',
      bySide(counters, 'packetsOut', 'packetsIn'),
    ),
    counter(
      'syngate_bytes_total',
      'Bytes of the packets translated, IP headers included',
      bySide(counters, 'bytesOut', 'bytesIn'),
    ),
    counter('syngate_dropped_packets_total', 'Packets dropped, by reason', listDrops(counters)),
    counter('syngate_refusals_total', 'Drops that the client was told of', counters.read('refusals')),
    counter('syngate_flows_opened_total', 'Flows opened', counters.read('flowsOpened')),
    gauge('syngate_flows', 'Live flows', flows),
    gauge('syngate_flows_limit', 'Maximum number of live flows', config.limits.flows),
    gauge(
      'syngate_worker_flows',
      'Live flows of each worker',
      byWorker(counters, (each) => each.read('flowsLive')),
    ),
    counter(
      'syngate_worker_packets_total',
      'Packets that each worker has translated, in both directions',
      byWorker(counters, (each) => each.read('packetsOut') + each.read('packetsIn')),
    ),
    counter(
      'syngate_neighbour_replies_total',
      'Answers to ARP requests and neighbour solicitations for egress addresses',
      counters.read('neighbourReplies'),
    ),
    counter(
      'syngate_address_conflicts_total',
      'Claims of an egress address by another host on the link',
      counters.read('addressConflicts'),
    ),
  ];
}

function bySide(counters: CounterSum, out: CounterName, back: CounterName): Sample[] {
  return [
    { labels: { from: 'clients' }, value: counters.read(out) },
    { labels: { from: 'internet' }, value: counters.read(back) },
  ];
}

/** All reasons, including those that have not occurred: a rate can only be computed from a series that starts at 0. */
function listDrops(counters: CounterSum): Sample[] {
  const drops = counters.drops();
  return DROP_REASONS.map((reason) => ({ labels: { reason }, value: drops[reason] ?? 0 }));
}

function byWorker({ workers }: CounterSum, read: (counters: WorkerCounters) => number): Sample[] {
  return workers.map((counters, worker) => ({ labels: { worker: String(worker) }, value: read(counters) }));
}
