/** Who is behind an inner address, as the policy sees it: values only, so that a snapshot can be sent to a worker. */

/** A claim or attribute name to its values. */
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
  /** Ids of the posture checks of the device. */
  readonly posturePassed: readonly string[];
  readonly postureFailed: readonly string[];
  readonly deviceId: string;
}
