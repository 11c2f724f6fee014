/** The record that explains what would happen to a connection; see `GatewayControl.explain`. */
import type { EgressMethod, EgressRole } from './egress-record.ts';
import type { FlowProtocol } from './flow-record.ts';
import type { LeaseRecord } from './lease-record.ts';

/** Requires `host` or `destination`. */
export interface ExplainQuery {
  readonly host?: string | undefined;
  /** A literal destination, or the real address to assume for `host`. */
  readonly destination?: string | undefined;
  /** Default: 443. */
  readonly port?: number | undefined;
  /** Default: `tcp`. */
  readonly protocol?: FlowProtocol | undefined;
  /** The client's address; determines the user unless `user` is given. */
  readonly source?: string | undefined;
  /** E-mail address of a user. */
  readonly user?: string | undefined;
}

export interface Explanation {
  /** The facts on which the rules were evaluated, as far as known. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly user: string | null;
  /** The current lease of the name, if any. */
  readonly lease: LeaseRecord | null;
  /** All rules in the order of evaluation, including those after the one that decides. */
  readonly rules: readonly ExplainedRule[];
  /** The rule that decides; null if none matches, so that the default egress method applies. */
  readonly decidedBy: { readonly id: string; readonly name: string } | null;
  /** The egress address of a new connection now, by family; null for a family to which the query does not apply. */
  readonly ipv4: ExplainedEgress | null;
  readonly ipv6: ExplainedEgress | null;
}

export interface ExplainedRule {
  readonly id: string;
  readonly name: string;
  readonly precedence: number;
  readonly enabled: boolean;
  readonly holds: boolean;
  /** The rule's expressions that are not empty. */
  readonly parts: readonly ExplainedPart[];
}

export interface ExplainedPart {
  readonly field: 'traffic' | 'identity' | 'device_posture';
  readonly text: string;
  readonly holds: boolean;
  /**
   * The comparisons that determine the result, such as `net.fqdn.host == "bank.example.com": the value is "shop.example.com"`.
   */
  readonly because: readonly string[];
}

export interface ExplainedEgress {
  /** Null if the connection is refused. */
  readonly address: string | null;
  readonly method: EgressMethod;
  readonly role: EgressRole | null;
  readonly uplink: string | null;
  /** Describes why it has this address, or why it is refused. */
  readonly reason: string;
}
