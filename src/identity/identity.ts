/** Who is behind an inner address, as the policy sees it: plain values, so that a snapshot can be sent to a worker. */

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
  /** The network the device is in; undefined when it names none and there is no default one. */
  readonly virtualNetworkId: string | undefined;
}
