/** An egress address as shown to users, and the method and role by which a flow uses one. */
export interface EgressRecord {
  /** An address, or a prefix for IPv6. */
  readonly address: string;
  readonly uplink: string;
  readonly location: string | null;
  readonly health: 'up' | 'down' | 'unproven' | 'resting';
  /** What the last probes or connections showed, in words. */
  readonly reason: string;
  readonly since: string | null;
  readonly isDefault: boolean;
  /** Also an address of the host itself, which keeps some ports (see docs/configuration.md). */
  readonly isShared: boolean;
  readonly flows: number;
  /**
   * External ports in use, of those that can be; `shared` TCP mappings have a port together with others, which begins when
   * four fifths are in use.
   */
  readonly ports: { readonly used: number; readonly shared: number; readonly capacity: number };
  /** Ids of the rules that name it. */
  readonly rules: readonly string[];
}

export type EgressMethod = 'default' | 'dedicated';

/** `secondary` means that the address meant first was out of service. */
export type EgressRole = 'primary' | 'secondary' | 'default';
