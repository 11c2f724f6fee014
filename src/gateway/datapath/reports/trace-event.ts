/** Messages between a worker and the control thread about a trace. */
import type { Address } from '../../../wire/address.ts';
import type { WorkerFlow } from './worker-flow.ts';

/** The clients' side; any other is the name of an uplink, which contains no space. */
export const CLIENTS_SIDE = 'the clients';

export interface TraceQuery {
  /** Inner source address. */
  readonly client?: Address | undefined;
  /** The name itself, or a parent domain of it; in lower case. */
  readonly host?: string | undefined;
  readonly egress?: Address | undefined;
  /** Its number in the IP header; that of ICMP stands for ICMPv6 as well. */
  readonly protocol?: number | undefined;
}

export interface TraceSettings {
  /** Returned with each batch, to recognise those of an earlier trace. */
  readonly trace: number;
  readonly filter: TraceQuery;
  /** Whether packets are wanted, besides decisions. */
  readonly packets: boolean;
  /** One 32-bit number: how many batches are in transit, of all workers together. */
  readonly underWay: SharedArrayBuffer;
}

/** About the first packet of a flow, or one that was refused. */
export interface TracedDecision {
  readonly type: 'decision';
  /** Milliseconds since 1970. */
  readonly wallMs: number;
  readonly protocol: number;
  readonly client: Address;
  readonly clientPort: number;
  /** The destination that the client dialled. */
  readonly destination: Address;
  readonly port: number;
  readonly host: string | null;
  readonly rule: { readonly id: string; readonly name: string } | null;
  /** `opened`, or a drop reason. */
  readonly result: string;
  readonly flow: WorkerFlow | undefined;
}

export interface TracedPacket {
  readonly type: 'packet';
  readonly wallMs: number;
  readonly side: string;
  /** From the IP header on. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether the gateway sent it, or received it. */
  readonly isSent: boolean;
  readonly comment: string | null;
}

export type TraceEvent = TracedDecision | TracedPacket;

export interface TraceBatch {
  readonly trace: number;
  readonly events: readonly TraceEvent[];
  /** Events left out since the last batch for lack of room. */
  readonly lost: number;
}
