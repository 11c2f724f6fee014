/** The lease of a name, as shown to users. */
export interface LeaseRecord {
  readonly host: string;
  readonly ipv4: string | null;
  readonly ipv6: string | null;
  /** Empty until the family was asked for. */
  readonly real4: readonly string[];
  readonly real6: readonly string[];
  readonly expiresAt: string | null;
  readonly flows: number;
}
