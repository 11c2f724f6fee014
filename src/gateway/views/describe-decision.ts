/** Makes the record of a traced decision. */
import { formatAddress } from '../../wire/address.ts';
import type { DecisionRecord } from '../control/trace-record.ts';
import type { TracedDecision } from '../datapath/reports/trace-event.ts';
import { describeFlow, type FlowSurroundings, flowProtocol } from './describe-flows.ts';

export function describeDecision(decision: TracedDecision, surroundings: FlowSurroundings): DecisionRecord {
  const { wallMs, protocol, client, clientPort, destination, port, host, rule, result } = decision;
  const flow = decision.flow && describeFlow(decision.flow, surroundings);
  return {
    time: new Date(wallMs).toISOString(),
    protocol: flowProtocol(protocol),
    client: { address: formatAddress(client), port: clientPort },
    user: surroundings.directory.identify(client, wallMs)?.email ?? null,
    host,
    destination: { address: formatAddress(destination), port },
    rule,
    result,
    real: flow?.real ?? null,
    egress: flow?.egress ?? null,
    uplink: flow?.uplink ?? null,
    role: flow?.role ?? null,
  };
}
