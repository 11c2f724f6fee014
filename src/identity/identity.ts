/** The identity behind an inner address, in plain values that can be posted to a worker. */

/** Values by the name of a claim or attribute. */
export type Attributes = Readonly<Record<string, readonly string[]>>;

export interface IdentityGroup {
  readonly id: string;
  readonly name: string;
  readonly email: string | undefined;
}

export interface Identity {
  /** Lower case. */
  readonly email: string;
  readonly name: string;
  readonly groups: readonly IdentityGroup[];
  readonly samlAttributes: Attributes;
  readonly oidcClaims: Attributes;
  /** Ids of the device's posture checks, by result. */
  readonly posturePassed: readonly string[];
  readonly postureFailed: readonly string[];
  readonly deviceId: string;
  /** The device's network; undefined if it names none and there is no default network. */
  readonly virtualNetworkId: string | undefined;
}
