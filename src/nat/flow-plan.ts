/** How the first packet of a flow is to be translated: what the gatekeeper decided. */
export interface FlowPlan {
  /** Real destination in words 0–3, egress address in words 4–7. */
  readonly outside: Uint32Array;
  /** Index of the egress address in the inventory, and number of the next hop at its uplink: at most 65535 each. */
  egressIndex: number;
  hop: number;
  /** Slot of the lease that was dialled, or -1. */
  lease: number;
  /** 32 bits that the flow's record keeps for the caller. */
  verdict: number;
  /** TCP and UDP: whether a new mapping has the client's own port outside too, if it can (row P9). */
  keepsPort: boolean;
  /** UDP: whether any peer may send to the mapping (endpoint-independent filtering). */
  isOpen: boolean;
  /** The external port of the mapping that the flow must join, if it must join one; else -1. */
  port: number;
}
