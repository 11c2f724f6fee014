/** The record of a lease; see `GatewayControl.leases`. */
export interface LeaseRecord {
  readonly host: string;
  readonly ipv4: string | null;
  readonly ipv6: string | null;
  /** Empty until an address of the family has been queried. */
  readonly real4: readonly string[];
  readonly real6: readonly string[];
  readonly expiresAt: string | null;
  readonly flows: number;
}
