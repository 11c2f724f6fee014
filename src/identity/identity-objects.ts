/** Schemas of users, groups, devices and virtual networks in a policy file. */
import { z } from 'zod';

const ATTRIBUTES = z.record(z.string().min(1), z.union([z.string(), z.array(z.string())]));
const EXPIRY = z.iso.datetime({ offset: true });

export const USER = z.strictObject({
  /** Default: the e-mail address. */
  id: z.string().min(1).optional(),
  email: z.email(),
  name: z.string(),
  /** Names or ids of groups. */
  groups: z.array(z.string().min(1)).default([]),
  saml_attributes: ATTRIBUTES.default({}),
  oidc_claims: ATTRIBUTES.default({}),
  /** When the identity expires (RFC 3339). */
  expires_at: EXPIRY.optional(),
});

export const GROUP = z.strictObject({
  /** Default: the name. */
  id: z.string().min(1).optional(),
  name: z.string().min(1),
  email: z.email().optional(),
});

export const DEVICE = z.strictObject({
  /** Default: the name. */
  id: z.string().min(1).optional(),
  name: z.string().min(1),
  /** The e-mail address of a user. */
  user: z.string().min(1),
  /** Inner addresses; each may belong to one device only. */
  addresses: z.array(z.string()).default([]),
  /** Ids of posture checks, by their latest result. */
  posture: z
    .strictObject({ passed: z.array(z.string()).default([]), failed: z.array(z.string()).default([]) })
    .default({ passed: [], failed: [] }),
  /** Name or id of a virtual network. Default: the default network. */
  virtual_network: z.string().min(1).optional(),
  expires_at: EXPIRY.optional(),
});

const STAMP = z.string().nullish();

/** Includes the keys that the management API adds to an export. */
export const VIRTUAL_NETWORK = z.strictObject({
  /** Default: the name. */
  id: z.string().min(1).optional(),
  name: z.string().min(1),
  comment: z.string().nullish(),
  /** Whether clients are in this network unless their device names another; true for at most one network. */
  is_default_network: z.boolean().optional(),
  created_at: STAMP,
  deleted_at: STAMP,
});

export type VirtualNetwork = z.output<typeof VIRTUAL_NETWORK>;
export type User = z.output<typeof USER>;
export type Group = z.output<typeof GROUP>;
export type Device = z.output<typeof DEVICE>;

/** Plain objects, not yet validated. */
export interface IdentityObjects {
  readonly users?: readonly unknown[] | undefined;
  readonly groups?: readonly unknown[] | undefined;
  readonly devices?: readonly unknown[] | undefined;
  readonly virtual_networks?: readonly unknown[] | undefined;
}

/** A problem of one object. */
export interface IdentityProblem {
  /** The path of the field, such as `devices[2].addresses[0]`. */
  readonly field: string;
  readonly message: string;
}
