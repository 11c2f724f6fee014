/**
 * How the gateway replies when it drops a client's packet (docs/nat.md, Refusals): refusals by policy or for lack of
 * resources are answered at once; malformed or spoofed packets are dropped silently, since their source cannot be trusted.
 */
import type { Refusal } from '../../nat/refusal-writer.ts';
import type { DropReason } from '../../report/drop-reason.ts';

const ANSWERED = new Map<DropReason, Refusal>([
  ['synthetic-unknown', 'unreachable'],
  ['lease-without-address', 'unreachable'],
  ['policy-not-loaded', 'prohibited'],
  ['policy-blocked', 'prohibited'],
  ['egress-none-healthy', 'prohibited'],
  ['egress-no-address', 'prohibited'],
  ['egress-lost', 'unreachable'],
  ['ports-exhausted', 'unreachable'],
  ['flows-exhausted', 'unreachable'],
  ['client-rate-limited', 'unreachable'],
  ['client-flows-exhausted', 'unreachable'],
  ['client-ports-exhausted', 'unreachable'],
  ['hairpin', 'prohibited'],
  ['destination-forbidden', 'prohibited'],
  ['no-route', 'unreachable'],
  ['next-hop-unresolved', 'unreachable'],
  ['next-hop-lost', 'unreachable'],
  ['no-flow-inside', 'unreachable'],
  ['protocol-unsupported', 'prohibited'],
]);

/**
 * Transient reasons: TCP connections get an ICMP error, which they survive (RFC 1122 section 4.2.3.9), where a reset would
 * end them (row R8, FL-23).
 */
const PASSING: ReadonlySet<DropReason> = new Set(['next-hop-lost']);

export function mayPass(reason: DropReason): boolean {
  return PASSING.has(reason);
}

/** How to reply to a client whose packet was dropped for this reason; undefined for not at all. */
export function refusalFor(reason: DropReason): Refusal | undefined {
  return ANSWERED.get(reason);
}
