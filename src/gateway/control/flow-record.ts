/** A flow as shown to users, and the filter for which ones. */
import type { EgressMethod, EgressRole } from './egress-record.ts';

export type FlowProtocol = 'tcp' | 'udp' | 'icmp';

export interface FlowFilter {
  /** Source address of the client. */
  readonly client?: string | undefined;
  /** The name itself, or a parent domain of it. */
  readonly host?: string | undefined;
  /** Egress address. */
  readonly egress?: string | undefined;
  /** Id or name of the rule the flow was born with. */
  readonly rule?: string | undefined;
  readonly protocol?: FlowProtocol | undefined;
  /** Default 1000. */
  readonly limit?: number | undefined;
}

export interface Endpoint {
  readonly address: string;
  /** For ICMP the identifier of the echo. */
  readonly port: number;
}

export interface FlowRecord {
  readonly protocol: FlowProtocol;
  /** `established`, `syn-sent`, … for TCP; `unreplied` or `replied` otherwise. */
  readonly state: string;
  readonly client: Endpoint;
  /** E-mail of the user behind the client's address. */
  readonly user: string | null;
  /** The name the client meant; null for a connection to a literal address. */
  readonly host: string | null;
  /** What the client connected to: the synthetic address, or the literal one. */
  readonly destination: Endpoint;
  /** Where it really goes. */
  readonly real: Endpoint;
  /** The source it leaves with. */
  readonly egress: Endpoint;
  readonly uplink: string;
  /** The rule the flow was born with; null when none matched. */
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
