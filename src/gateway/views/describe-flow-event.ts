/** Makes the records of the flow log: client, destinations, egress address and port, and how the flow ended. */

import { COPY_WORDS } from '../../nat/flow-record.ts';
import type { Endpoint, FlowRecord } from '../control/flow-record.ts';
import { FLOW_EVENTS, type FlowBatch } from '../datapath/reports/flow-recorder.ts';
import { readFlow } from '../datapath/reports/list-flows.ts';
import { describeFlow, type FlowSurroundings } from './describe-flows.ts';

/** Times are ISO 8601 in UTC. The destination is omitted if the rule of the flow requires it (RFC 6888 REQ-12). */
export interface FlowEventRecord
  extends Pick<
    FlowRecord,
    'protocol' | 'client' | 'user' | 'egress' | 'uplink' | 'rule' | 'method' | 'role'
  > {
  readonly time: string;
  readonly event: 'start' | 'end';
  /** Why the flow ended; absent for a start. */
  readonly reason?: string;
  readonly host?: string | null;
  readonly destination?: Endpoint;
  readonly real?: Endpoint;
  /** This and all following keys are absent for a start: when the flow began, and when a packet last kept it alive. */
  readonly startedAt?: string;
  readonly lastSeenAt?: string;
  readonly packetsOut?: number;
  readonly packetsIn?: number;
  readonly bytesOut?: number;
  readonly bytesIn?: number;
}

/** The event at `index` of a batch. */
export function describeFlowEvent(
  batch: FlowBatch,
  index: number,
  surroundings: FlowSurroundings,
): FlowEventRecord {
  const { words, events, wallMs, seconds, hosts, verdicts } = batch;
  const names = { host: hosts[index] ?? null, verdict: verdicts[index] };
  const flow = describeFlow(readFlow(words, index * COPY_WORDS, names, seconds[index] ?? 0), surroundings);
  const { protocol, client, user, egress, uplink, rule, method, role } = flow;
  const nowMs = wallMs[index] ?? 0;
  const reason = FLOW_EVENTS[events[index] ?? 0] ?? 'start';
  return {
    time: timeOf(nowMs),
    ...(reason === 'start' ? { event: 'start' } : { event: 'end', reason }),
    protocol,
    client,
    user,
    ...(verdicts[index]?.logsDestination === false ? {} : destinationOf(flow)),
    egress,
    uplink,
    rule,
    method,
    role,
    ...(reason === 'start' ? {} : measuresOf(flow, nowMs)),
  };
}

function destinationOf({ host, destination, real }: FlowRecord): Partial<FlowEventRecord> {
  return { host, destination, real };
}

function measuresOf(flow: FlowRecord, nowMs: number): Partial<FlowEventRecord> {
  const { ageMs, idleMs, packetsOut, packetsIn, bytesOut, bytesIn } = flow;
  const [startedAt, lastSeenAt] = [timeOf(nowMs - ageMs), timeOf(nowMs - idleMs)];
  return { startedAt, lastSeenAt, packetsOut, packetsIn, bytesOut, bytesIn };
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
