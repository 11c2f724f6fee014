/** A running gateway's answer to what would happen to a connection; see `GatewayControl.explain`. */
import type { EgressMethod, EgressRole } from './egress-record.ts';
import type { FlowProtocol } from './flow-record.ts';
import type { LeaseRecord } from './lease-record.ts';

/** `host` or `destination` is needed. */
export interface ExplainQuery {
  readonly host?: string | undefined;
  /** A literal destination, or the real address to assume for `host`. */
  readonly destination?: string | undefined;
  /** 443 when left out. */
  readonly port?: number | undefined;
  /** `tcp` when left out. */
  readonly protocol?: FlowProtocol | undefined;
  /** The client's address; decides who the user is unless `user` says so. */
  readonly source?: string | undefined;
  /** E-mail. */
  readonly user?: string | undefined;
}

export interface Explanation {
  /** The facts that the rules were evaluated on: identity, name and destination, as far as known. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly user: string | null;
  /** The lease of the name, if it has one now. */
  readonly lease: LeaseRecord | null;
  /** Every rule in the order of evaluation; those after the one that decided are looked at all the same. */
  readonly rules: readonly ExplainedRule[];
  /** The rule that decides; null when none matches and the default egress method applies. */
  readonly decidedBy: { readonly id: string; readonly name: string } | null;
  /** What a new connection would leave with now, by family; a family without an answer is null. */
  readonly ipv4: ExplainedEgress | null;
  readonly ipv6: ExplainedEgress | null;
}

export interface ExplainedRule {
  readonly id: string;
  readonly name: string;
  readonly precedence: number;
  readonly enabled: boolean;
  readonly holds: boolean;
  /** Each expression of the rule that is not empty. */
  readonly parts: readonly ExplainedPart[];
}

export interface ExplainedPart {
  readonly field: 'traffic' | 'identity' | 'device_posture';
  readonly text: string;
  readonly holds: boolean;
  /** The smallest parts that made it so, such as `net.fqdn.host == "bank.example.com": net.fqdn.host is "shop.example.com"`. */
  readonly because: readonly string[];
}

export interface ExplainedEgress {
  /** Null when the connection is refused. */
  readonly address: string | null;
  readonly method: EgressMethod;
  readonly role: EgressRole | null;
  readonly uplink: string | null;
  /** Why this address, or why none, in words. */
  readonly reason: string;
}
