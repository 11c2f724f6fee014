/** Entries of the identity table: who is behind an inner address, and until when. */
import type { Address } from '../wire/address.ts';
import type { Attributes, Identity, IdentityGroup } from './identity.ts';
import type { Device, User } from './identity-objects.ts';

/** An inner address and the identity behind it; can be posted to a worker (structured clone). */
export interface IdentityEntry {
  readonly address: Address;
  readonly identity: Identity;
  /** When the identity expires, in milliseconds since 1970; infinity for never. */
  readonly expiresAtMs: number;
}

/** A user, who may have no device. */
export interface UserEntry {
  /** Lower case. */
  readonly email: string;
  readonly name: string;
  readonly groups: readonly IdentityGroup[];
  readonly expiresAtMs: number;
}

/** A user object with its references to groups resolved. */
export interface KnownUser {
  readonly user: User;
  readonly groups: readonly IdentityGroup[];
}

/** The entry of one of a device's addresses; it expires when the user or the device does. */
export function makeEntry(
  address: Address,
  { user, groups }: KnownUser,
  device: Device,
  virtualNetworkId: string | undefined,
): IdentityEntry {
  return {
    address,
    expiresAtMs: Math.min(expiryMs(user.expires_at), expiryMs(device.expires_at)),
    identity: {
      email: user.email.toLowerCase(),
      name: user.name,
      groups,
      samlAttributes: listValues(user.saml_attributes),
      oidcClaims: listValues(user.oidc_claims),
      posturePassed: device.posture.passed,
      postureFailed: device.posture.failed,
      deviceId: device.id ?? device.name,
      virtualNetworkId,
    },
  };
}

function listValues(attributes: User['saml_attributes']): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, typeof value === 'string' ? [value] : value]),
  );
}

/** The time that an RFC 3339 text states, in milliseconds since 1970; infinity for none. */
export function expiryMs(text: string | undefined): number {
  return text === undefined ? Number.POSITIVE_INFINITY : Date.parse(text);
}
