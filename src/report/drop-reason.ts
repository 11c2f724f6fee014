/**
 * The reasons for which the datapath drops packets: one closed list, shared by wire, nat, the gatekeeper, the metrics and the
 * command line. A reason's number is its index here and in the workers' shared counters: append new reasons at the end.
 */
export const DROP_REASONS = [
  // wire: the packet itself cannot be trusted
  'ip-truncated',
  'ip-bad-version',
  'ip-bad-header-length',
  'ip-bad-total-length',
  'ip-bad-checksum',
  'ip-source-route',
  'ip-martian',
  'ip-fragment',
  'ipv6-extension-header',
  'transport-truncated',
  'transport-bad-length',
  'transport-bad-checksum',
  'tcp-bad-flags',
  'protocol-unsupported',
  'icmp-type-unsupported',
  'not-ip',
  // gatekeeper: the packet is well-formed, but may not pass
  'source-not-client',
  'synthetic-unknown',
  'lease-without-address',
  'policy-not-loaded',
  'policy-blocked',
  'egress-none-healthy',
  'egress-no-address',
  'ports-exhausted',
  'flows-exhausted',
  'hairpin',
  // nat: the packet belongs to no flow
  'no-flow-inside',
  'no-flow-outside',
  'icmp-error-unmatched',
  // device: the other side did not take it
  'next-hop-unresolved',
  'uplink-send-failed',
  'tun-send-failed',
  'guard-refused',
  'icmp-rate-limited',
  // wire: a link-layer message cannot be trusted
  'ethernet-truncated',
  'arp-malformed',
  'ndp-malformed',
  // gatekeeper: the destination, and the path to it
  'destination-forbidden',
  'no-route',
  // nat: an ICMP error that must be forged
  'icmp-absurd-mtu',
  // datapath: the flow's egress address went out of service and another one is there
  'egress-lost',
  // nat: fragments
  'fragment-malformed',
  'fragment-overlap',
  'fragment-limit',
  'fragment-timeout',
  'packet-too-big',
  // nat: the client is at one of its limits
  'client-rate-limited',
  'client-flows-exhausted',
  'client-ports-exhausted',
  // datapath: the queue to the worker that the packet belongs to is full
  'worker-overloaded',
  // datapath: too many new unsolicited peers for a mapping with endpoint-independent filtering
  'caller-rate-limited',
  // datapath: no next hop takes the packets of an open connection at present; it may resume when one does
  'next-hop-lost',
  // device: frames arrived faster than the worker read them
  'uplink-overrun',
  // wire: an IPv4 option that reveals addresses of one side to the other
  'ip-recording-option',
] as const;

export type DropReason = (typeof DROP_REASONS)[number];

const NUMBERS = new Map<DropReason, number>(DROP_REASONS.map((reason, number) => [reason, number]));

/** The reason's index into the shared drop counters. */
export function dropReasonNumber(reason: DropReason): number {
  return NUMBERS.get(reason) ?? 0;
}
