/** Who uses the gateway, by inner address and by name; see `GatewayControl.clients` and `users`. */

export interface ClientFilter {
  /** E-mail address of a user. */
  readonly user?: string | undefined;
  /** Default 1000. */
  readonly limit?: number | undefined;
}

/** An inner address: of a device, or in use, or both. */
export interface ClientRecord {
  readonly address: string;
  /** E-mail; null for an anonymous client, and for one whose identity has expired. */
  readonly user: string | null;
  /** Id of the device that has the address, whether or not its identity has expired. */
  readonly device: string | null;
  /** Names. */
  readonly groups: readonly string[];
  readonly virtualNetwork: string | null;
  /** When the identity ends, or ended; null for never. */
  readonly expiresAt: string | null;
  readonly flows: number;
  /** External ports of the egress address of which it has most, of `limits.client.ports`. */
  readonly ports: number;
  /** Synthetic addresses that are counted in its share (see `SlotCharges`). */
  readonly leases: number;
}

export interface UserRecord {
  readonly email: string;
  readonly name: string;
  /** Names. */
  readonly groups: readonly string[];
  /** Ids of those with an address. */
  readonly devices: readonly string[];
  /** Those whose identity has not expired. */
  readonly addresses: readonly string[];
  readonly expiresAt: string | null;
  readonly flows: number;
}
