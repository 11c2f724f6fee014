/**
 * Messages between the control thread and a datapath worker. A worker blocks in the kernel while it waits for packets, so
 * a message comes with a wake-up; the worker then takes all that have arrived, between two batches.
 */
import type { GeoSnapshot } from '../../catalog/geolocation.ts';
import type { EgressSettings } from '../../egress/egress-inventory.ts';
import type { ProbeTarget } from '../../egress/prober.ts';
import type { IdentityEntry } from '../../identity/identity-entry.ts';
import type { ClientLimitSettings, ClientUse } from '../../nat/client-limits.ts';
import type { PortRange } from '../../nat/port-pool.ts';
import type { ExpressionSettings } from '../../policy/language/expression.ts';
import type { ListObject } from '../../policy/lists/list-object.ts';
import type { RuleObject } from '../../policy/rules/rule-object.ts';
import type { Address } from '../../wire/address.ts';
import type { PortShare } from '../../wire/port-share.ts';
import type { DestinationRules } from '../datapath/admission/destination-check.ts';
import type { LeaseFacts } from '../datapath/admission/lease-book.ts';
import type { FlowBatch } from '../datapath/reports/flow-recorder.ts';
import type { FlowQuery } from '../datapath/reports/list-flows.ts';
import type { TraceBatch, TraceSettings } from '../datapath/reports/trace-event.ts';
import type { WorkerFlow } from '../datapath/reports/worker-flow.ts';
import type { UplinkSettings } from '../datapath/uplink/uplink-port.ts';
import type { Ready, Stop, ThreadSettings } from '../worker-thread.ts';
import type { Handover } from './handover.ts';

/** Everything a worker is started with; survives a structured clone. */
export interface WorkerSettings extends ThreadSettings {
  /** Which of the workers this is: its part of the external ports, and of the clients. */
  readonly share: PortShare;
  readonly handover: Handover;
  readonly tunName: string;
  /** MTU of the TUN, in bytes. */
  readonly clientMtu: number;
  /** The gateway's own addresses on the TUN, for the ICMP errors it sends to clients. */
  readonly router4: Address | undefined;
  readonly router6: Address | undefined;
  readonly uplinks: readonly UplinkSettings[];
  readonly egress: EgressSettings;
  /** For each egress address the ports the NAT may use. */
  readonly natPorts: ReadonlyArray<readonly PortRange[]>;
  /** The host's own addresses, which never belong to a client, even inside a client range. */
  readonly hostAddresses: readonly Address[];
  readonly destinations: DestinationRules;
  /** Addresses inside IPv6 egress ranges that are in use by others. */
  readonly taken: readonly Address[];
  /** Key of the hash that spreads clients over an IPv6 range. */
  readonly secret: Uint8Array;
  readonly flowCapacity: number;
  readonly clientLimits: ClientLimitSettings;
  readonly counters: SharedArrayBuffer;
  readonly health: SharedArrayBuffer;
  readonly leaseUse: SharedArrayBuffer;
  /** See `NatUse`; shared by all workers. */
  readonly natUse: SharedArrayBuffer;
  /** What to report of flows that begin and end; undefined: nothing. */
  readonly flowLog: FlowLogSettings | undefined;
}

export interface FlowLogSettings {
  /** Whether to report beginnings as well. */
  readonly starts: boolean;
  /** See `FlowRecorder`; shared by all workers. */
  readonly underWay: SharedArrayBuffer;
}

/** A whole policy; compiled and swapped in between batches. */
export interface PolicySnapshot {
  readonly rules: readonly RuleObject[];
  readonly lists: readonly ListObject[];
  readonly expressions: ExpressionSettings;
  /** The virtual network of anonymous clients. */
  readonly virtualNetworkId: string | undefined;
  readonly identities: readonly IdentityEntry[];
}

export type ToWorker =
  /** Answered when this policy, or a later one, is in force. */
  | { readonly type: 'policy'; readonly request: number; readonly policy: PolicySnapshot }
  | { readonly type: 'geolocation'; readonly geolocation: GeoSnapshot }
  | { readonly type: 'lease'; readonly lease: LeaseFacts }
  | { readonly type: 'uplink'; readonly settings: UplinkSettings }
  /** The client has received the lease in an answer, and may use it. */
  | { readonly type: 'lease-holder'; readonly slot: number; readonly client: Address }
  | { readonly type: 'lease-gone'; readonly slot: number }
  | {
      readonly type: 'probe';
      readonly egressIndex: number;
      readonly target: ProbeTarget;
      readonly token: number;
    }
  /** Undefined: the trace has ended. */
  | { readonly type: 'trace'; readonly trace: TraceSettings | undefined }
  | { readonly type: 'list-flows'; readonly request: number; readonly query: FlowQuery }
  | { readonly type: 'list-clients'; readonly request: number; readonly most: number }
  | Stop;

export type FromWorker =
  | Ready
  | { readonly type: 'probe-reply'; readonly egressIndex: number; readonly token: number }
  | { readonly type: 'flow-events'; readonly batch: FlowBatch }
  | { readonly type: 'trace'; readonly batch: TraceBatch }
  | { readonly type: 'policy-in-force'; readonly request: number }
  | { readonly type: 'flows'; readonly request: number; readonly flows: readonly WorkerFlow[] }
  | { readonly type: 'clients'; readonly request: number; readonly clients: readonly ClientUse[] };
