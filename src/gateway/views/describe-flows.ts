/** Makes the records of flows. */
import type { EgressInventory } from '../../egress/egress-inventory.ts';
import type { IdentityDirectory } from '../../identity/identity-directory.ts';
import { formatAddress, parseAddress } from '../../wire/address.ts';
import { protocolName } from '../../wire/protocol.ts';
import type { FlowFilter, FlowProtocol, FlowRecord } from '../control/flow-record.ts';
import type { WorkerFlow } from '../datapath/reports/worker-flow.ts';

/** The default maximum number of records. */
export const DEFAULT_FLOWS = 1000;

export interface FlowSurroundings {
  readonly inventory: EgressInventory;
  readonly directory: IdentityDirectory;
}

/** Newest first, at most `filter.limit`. */
export function describeFlows(
  flows: readonly WorkerFlow[],
  filter: FlowFilter,
  surroundings: FlowSurroundings,
): FlowRecord[] {
  const wanted = readFilter(filter);
  return flows
    .toSorted((one, other) => one.ageSeconds - other.ageSeconds)
    .map((flow) => describeFlow(flow, surroundings))
    .filter((flow) => isWanted(flow, wanted))
    .slice(0, filter.limit ?? DEFAULT_FLOWS);
}

/** Converts addresses and names to canonical form. */
function readFilter({ client, host, egress, ...rest }: FlowFilter): FlowFilter {
  return {
    ...rest,
    client: client && canonicalAddress(client),
    host: host?.toLowerCase().replace(/\.$/, ''),
    egress: egress && canonicalAddress(egress),
  };
}

/** A text that is not an address is left unchanged, and matches no flow. */
function canonicalAddress(text: string): string {
  const address = parseAddress(text);
  return address === undefined ? text : formatAddress(address);
}

export function describeFlow(flow: WorkerFlow, { inventory, directory }: FlowSurroundings): FlowRecord {
  return {
    protocol: flowProtocol(flow.protocol),
    state: flow.state,
    client: { address: formatAddress(flow.client), port: flow.clientPort },
    user: directory.identify(flow.client, Date.now())?.email ?? null,
    host: flow.host,
    destination: { address: formatAddress(flow.inner), port: flow.remotePort },
    real: { address: formatAddress(flow.remote), port: flow.remotePort },
    egress: { address: formatAddress(flow.egress), port: flow.externalPort },
    uplink: inventory.addresses[flow.egressIndex]?.uplink ?? '',
    rule: flow.rule,
    method: flow.method,
    role: flow.role,
    ageMs: flow.ageSeconds * 1000,
    idleMs: flow.idleSeconds * 1000,
    packetsOut: flow.packetsOut,
    packetsIn: flow.packetsIn,
    bytesOut: flow.bytesOut,
    bytesIn: flow.bytesIn,
  };
}

function isWanted(flow: FlowRecord, { client, host, egress, rule, protocol }: FlowFilter): boolean {
  return (
    (client === undefined || flow.client.address === client) &&
    (host === undefined || flow.host === host || flow.host?.endsWith(`.${host}`) === true) &&
    (egress === undefined || flow.egress.address === egress) &&
    (rule === undefined || flow.rule?.id === rule || flow.rule?.name === rule) &&
    (protocol === undefined || flow.protocol === protocol)
  );
}

export function flowProtocol(protocol: number): FlowProtocol {
  const name = protocolName(protocol);
  return name === 'tcp' || name === 'udp' ? name : 'icmp';
}
