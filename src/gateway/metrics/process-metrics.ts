/** Metrics of the process, under their conventional names, and of the flow log. */
import { performance } from 'node:perf_hooks';
import { counter, gauge, type Metric } from '../../report/metric.ts';
import type { CounterSum } from '../datapath/reports/counters.ts';
import { VERSION } from '../version.ts';

export interface ProcessParts {
  readonly startedAt: Date;
  readonly counters: CounterSum;
  readonly flowLog: { readonly written: number; readonly lost: number } | undefined;
}

const MICROSECONDS = 1_000_000;

export function processMetrics({ startedAt, counters, flowLog }: ProcessParts): Metric[] {
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const { active } = performance.eventLoopUtilization();
  return [
    gauge('syngate_build_info', 'Always 1; version of the gateway and of Node', [
      { labels: { version: VERSION, node: process.version }, value: 1 },
    ]),
    gauge('process_start_time_seconds', 'When the gateway was started', startedAt.getTime() / 1000),
    counter('process_cpu_seconds_total', 'Processor time of all threads', (user + system) / MICROSECONDS),
    gauge('process_resident_memory_bytes', 'Memory of all threads', rss),
    gauge('nodejs_heap_size_used_bytes', 'Heap of the control thread', heapUsed),
    counter(
      'syngate_control_busy_seconds_total',
      'Time the control thread was busy; a rate near 1 means that DNS queries wait',
      active / 1000,
    ),
    counter('syngate_flow_log_lines_total', 'Lines made for the flow log', flowLog?.written ?? 0),
    counter(
      'syngate_flow_log_lost_total',
      'Lines of the flow log that were lost, in a worker or on the disk',
      (flowLog?.lost ?? 0) + counters.read('flowEventsLost'),
    ),
  ];
}
