/** The records of a trace of a running gateway; see `GatewayControl.trace`. */
import type { EgressRole } from './egress-record.ts';
import type { Endpoint, FlowFilter, FlowProtocol } from './flow-record.ts';

/** All that are given must hold. */
export interface TraceRequest extends Pick<FlowFilter, 'client' | 'host' | 'egress' | 'protocol'> {
  /** Whether packets are wanted besides decisions. */
  readonly packets: boolean;
}

export interface TraceListener {
  readonly onDecision: (decision: DecisionRecord) => void;
  readonly onPacket: (packet: PacketRecord) => void;
  /** So many were too fast to be told. */
  readonly onLost: (count: number) => void;
  /** The gateway ends. */
  readonly onEnd: () => void;
}

export interface Trace {
  /** Where packets may be seen, besides on the side of the clients. */
  readonly uplinks: readonly string[];
  stop(): void;
}

/** What became of a connection's first packet, or of another that may not pass. */
export interface DecisionRecord {
  readonly time: string;
  readonly protocol: FlowProtocol;
  readonly client: Endpoint;
  readonly user: string | null;
  readonly host: string | null;
  /** As the client dialled it. */
  readonly destination: Endpoint;
  /** The rule that decided; null when none did, or it did not come to that. */
  readonly rule: { readonly id: string; readonly name: string } | null;
  /** `opened`, or the reason for which it was dropped. */
  readonly result: string;
  /** Null unless it was opened, as all below. */
  readonly real: Endpoint | null;
  readonly egress: Endpoint | null;
  readonly uplink: string | null;
  readonly role: EgressRole | null;
}

export interface PacketRecord {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** Null on the side of the clients. */
  readonly uplink: string | null;
  /** From the IP header on. */
  readonly bytes: Uint8Array;
  /** Whether the gateway sent it, or received it. */
  readonly isSent: boolean;
  readonly comment: string | null;
}
