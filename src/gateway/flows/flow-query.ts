/**
 * Converts a user's filter for flows or traces to the workers' terms. An unparsable address means no filter here;
 * views/describe-flows filters again.
 */
import { parseAddress } from '../../wire/address.ts';
import { PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from '../../wire/protocol.ts';
import type { FlowFilter } from '../control/flow-record.ts';
import type { FlowQuery } from '../datapath/reports/list-flows.ts';
import type { TraceQuery } from '../datapath/reports/trace-event.ts';
import { DEFAULT_FLOWS } from '../views/describe-flows.ts';

const PROTOCOLS = { tcp: PROTOCOL_TCP, udp: PROTOCOL_UDP, icmp: PROTOCOL_ICMP } as const;

/** For a list of flows; at most `DEFAULT_FLOWS` unless the filter has a limit. */
export function toFlowQuery(filter: FlowFilter): FlowQuery {
  return { ...toTraceQuery(filter), rule: filter.rule, limit: filter.limit ?? DEFAULT_FLOWS };
}

/** For a trace; fields that are undefined match everything. */
export function toTraceQuery({
  client,
  host,
  egress,
  protocol,
}: Pick<FlowFilter, 'client' | 'host' | 'egress' | 'protocol'>): TraceQuery {
  return {
    client: client === undefined ? undefined : parseAddress(client),
    host: host?.toLowerCase().replace(/\.$/, ''),
    egress: egress === undefined ? undefined : parseAddress(egress),
    protocol: protocol && PROTOCOLS[protocol],
  };
}
