/** The records of a trace; see `GatewayControl.trace`. */
import type { EgressRole } from './egress-record.ts';
import type { Endpoint, FlowFilter, FlowProtocol } from './flow-record.ts';

/** All filters that are given must match. */
export interface TraceRequest extends Pick<FlowFilter, 'client' | 'host' | 'egress' | 'protocol'> {
  /** Whether to trace packets in addition to decisions. */
  readonly packets: boolean;
}

export interface TraceListener {
  readonly onDecision: (decision: DecisionRecord) => void;
  readonly onPacket: (packet: PacketRecord) => void;
  /** Called with the number of records dropped because they arrived too fast. */
  readonly onLost: (count: number) => void;
  /** Called when the gateway ends. */
  readonly onEnd: () => void;
}

export interface Trace {
  /** The names of the uplinks on which packets may be traced, in addition to the clients' side. */
  readonly uplinks: readonly string[];
  stop(): void;
}

/** The decision about the first packet of a connection, or about another packet that was dropped. */
export interface DecisionRecord {
  readonly time: string;
  readonly protocol: FlowProtocol;
  readonly client: Endpoint;
  readonly user: string | null;
  readonly host: string | null;
  /** The address and port that the client connected to. */
  readonly destination: Endpoint;
  /** The rule that decided; null if none did, or if the packet was dropped before. */
  readonly rule: { readonly id: string; readonly name: string } | null;
  /** `opened`, or the drop reason. */
  readonly result: string;
  /** Null unless it was opened, like all following keys. */
  readonly real: Endpoint | null;
  readonly egress: Endpoint | null;
  readonly uplink: string | null;
  readonly role: EgressRole | null;
}

export interface PacketRecord {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** Null on the clients' side. */
  readonly uplink: string | null;
  /** The packet, from its IP header on. */
  readonly bytes: Uint8Array;
  /** True if the gateway sent the packet, false if it received it. */
  readonly isSent: boolean;
  readonly comment: string | null;
}
