/** The record of an egress address, and the method and role in which a flow uses one. */
export interface EgressRecord {
  /** An address, or a prefix for IPv6. */
  readonly address: string;
  readonly uplink: string;
  readonly location: string | null;
  readonly health: 'up' | 'down' | 'unproven' | 'resting';
  /** A description of the latest probes or connections. */
  readonly reason: string;
  readonly since: string | null;
  readonly isDefault: boolean;
  /** Whether it is also an address of the host, to which some ports are reserved (see docs/configuration.md). */
  readonly isShared: boolean;
  readonly flows: number;
  /**
   * External ports in use and in total. `shared` counts TCP mappings that share a port with others, which happens when four
   * fifths of the ports are in use.
   */
  readonly ports: { readonly used: number; readonly shared: number; readonly capacity: number };
  /** Ids of the rules that refer to it. */
  readonly rules: readonly string[];
}

export type EgressMethod = 'default' | 'dedicated';

/** `secondary`: the primary address was out of service. */
export type EgressRole = 'primary' | 'secondary' | 'default';
