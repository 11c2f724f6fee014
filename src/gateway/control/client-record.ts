/** Records of clients and users; see `GatewayControl.clients` and `users`. */

export interface ClientFilter {
  /** E-mail address of a user. */
  readonly user?: string | undefined;
  /** Default 1000. */
  readonly limit?: number | undefined;
}

/** An inner address that belongs to a device, is in use, or both. */
export interface ClientRecord {
  readonly address: string;
  /** E-mail address; null if the client is anonymous or its identity has expired. */
  readonly user: string | null;
  /** Id of the device that has the address, even if the identity has expired. */
  readonly device: string | null;
  /** Names. */
  readonly groups: readonly string[];
  readonly virtualNetwork: string | null;
  /** When the identity expires or expired; null for never. */
  readonly expiresAt: string | null;
  readonly flows: number;
  /** External ports in use on the egress address where it has the most; limited by `limits.client.ports`. */
  readonly ports: number;
  /** Leases charged to the client (see `SlotCharges`). */
  readonly leases: number;
}

export interface UserRecord {
  readonly email: string;
  readonly name: string;
  /** Names. */
  readonly groups: readonly string[];
  /** Ids of the user's devices that have an address. */
  readonly devices: readonly string[];
  /** Addresses whose identity has not expired. */
  readonly addresses: readonly string[];
  readonly expiresAt: string | null;
  readonly flows: number;
}
