/** The record of a flow, and a filter for flows. */
import type { EgressMethod, EgressRole } from './egress-record.ts';

export type FlowProtocol = 'tcp' | 'udp' | 'icmp';

export interface FlowFilter {
  /** Source address of the client. */
  readonly client?: string | undefined;
  /** A hostname, or a parent domain of it. */
  readonly host?: string | undefined;
  /** Egress address. */
  readonly egress?: string | undefined;
  /** Id or name of the rule that decided when the flow began. */
  readonly rule?: string | undefined;
  readonly protocol?: FlowProtocol | undefined;
  /** Default 1000. */
  readonly limit?: number | undefined;
}

export interface Endpoint {
  readonly address: string;
  /** For ICMP, the identifier of the echo. */
  readonly port: number;
}

export interface FlowRecord {
  readonly protocol: FlowProtocol;
  /** `established`, `syn-sent`, … for TCP; `unreplied` or `replied` otherwise. */
  readonly state: string;
  readonly client: Endpoint;
  /** E-mail address of the user behind the client's address. */
  readonly user: string | null;
  /** The name that the client connected to; null for a literal address. */
  readonly host: string | null;
  /** The address that the client connected to: synthetic or literal. */
  readonly destination: Endpoint;
  /** The real destination. */
  readonly real: Endpoint;
  /** The external source address and port. */
  readonly egress: Endpoint;
  readonly uplink: string;
  /** The rule that decided when the flow began; null if none matched. */
  readonly rule: { readonly id: string; readonly name: string } | null;
  readonly method: EgressMethod;
  readonly role: EgressRole;
  readonly ageMs: number;
  readonly idleMs: number;
  readonly packetsOut: number;
  readonly packetsIn: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
}
