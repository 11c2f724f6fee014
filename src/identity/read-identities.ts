/**
 * Builds the table of addresses from users, groups and devices: checks every object, resolves the references between
 * them, and reports everything that is wrong at once.
 */
import type { ZodType } from 'zod';
import { describeFault } from '../report/describe-fault.ts';
import { type Address, formatAddress, parseAddress } from '../wire/address.ts';
import type { Attributes, Identity, IdentityGroup } from './identity.ts';
import {
  DEVICE,
  type Device,
  GROUP,
  type Group,
  type IdentityObjects,
  type IdentityProblem,
  USER,
  type User,
  VIRTUAL_NETWORK,
  type VirtualNetwork,
} from './identity-objects.ts';

/** One inner address and who is behind it; survives a structured clone. */
export interface IdentityEntry {
  readonly address: Address;
  readonly identity: Identity;
  /** Milliseconds since 1970 from which on nobody is behind it; infinity for never. */
  readonly expiresAtMs: number;
}

/** A user, with a device or without. */
export interface UserEntry {
  /** Lower case. */
  readonly email: string;
  readonly name: string;
  readonly groups: readonly IdentityGroup[];
  readonly expiresAtMs: number;
}

/** The entries of all sound objects, and what is wrong with the others. Callers refuse the whole when there are problems. */
export function readIdentities(objects: IdentityObjects): {
  entries: IdentityEntry[];
  users: UserEntry[];
  /** The default network. */
  virtualNetworkId: string | undefined;
  problems: IdentityProblem[];
} {
  const reader = new IdentityReader();
  reader.readNetworks(objects.virtual_networks ?? []);
  reader.readGroups(objects.groups ?? []);
  reader.readUsers(objects.users ?? []);
  reader.readDevices(objects.devices ?? []);
  const { entries, users, virtualNetworkId, problems } = reader;
  return { entries, users, virtualNetworkId, problems };
}

interface KnownUser {
  readonly user: User;
  readonly groups: readonly IdentityGroup[];
}

class IdentityReader {
  readonly entries: IdentityEntry[] = [];
  readonly problems: IdentityProblem[] = [];
  virtualNetworkId: string | undefined;
  /** By id and by name. */
  readonly #networkIds = new Map<string, string>();
  readonly #groupsByKey = new Map<string, IdentityGroup>();
  readonly #usersByEmail = new Map<string, KnownUser>();
  readonly #ids = new Map<string, string>();
  /** Canonical text of an address to the field that took it first. */
  readonly #takenBy = new Map<string, string>();

  readNetworks(objects: readonly unknown[]): void {
    for (const [field, network] of this.#parseAll<VirtualNetwork>(
      'virtual_networks',
      VIRTUAL_NETWORK,
      objects,
    )) {
      const { name, is_default_network: isDefault } = network;
      const id = network.id ?? name;
      if (this.#networkIds.has(id) || this.#networkIds.has(name)) {
        this.#report(field, `Cannot add virtual network ${name}: another has that name or id`);
        continue;
      }
      this.#networkIds.set(id, id).set(name, id);
      if (isDefault !== true) continue;
      if (this.virtualNetworkId !== undefined)
        this.#report(
          `${field}.is_default_network`,
          `Cannot make ${name} the default network: there is one already`,
        );
      this.virtualNetworkId = id;
    }
  }

  readGroups(objects: readonly unknown[]): void {
    for (const [field, group] of this.#parseAll<Group>('groups', GROUP, objects)) {
      const id = group.id ?? group.name;
      const twin = this.#groupsByKey.get(id) ?? this.#groupsByKey.get(group.name);
      if (twin !== undefined) {
        this.#report(
          field,
          `Cannot add group ${group.name}: group ${twin.name} (${twin.id}) has that name or id`,
        );
        continue;
      }
      const known: IdentityGroup = { id, name: group.name, email: group.email };
      this.#groupsByKey.set(id, known).set(group.name, known);
    }
  }

  readUsers(objects: readonly unknown[]): void {
    for (const [field, user] of this.#parseAll<User>('users', USER, objects)) {
      const email = user.email.toLowerCase();
      if (this.#usersByEmail.has(email)) {
        this.#report(`${field}.email`, `Cannot add user ${user.email}: there is one already`);
        continue;
      }
      this.#claimId('user', field, user.id ?? email);
      const groups = user.groups.map((key, index) => this.#findGroup(`${field}.groups[${index}]`, key));
      this.#usersByEmail.set(email, { user, groups: dedupe(groups) });
    }
  }

  readDevices(objects: readonly unknown[]): void {
    for (const [field, device] of this.#parseAll<Device>('devices', DEVICE, objects)) {
      this.#claimId('device', field, device.id ?? device.name);
      const known = this.#usersByEmail.get(device.user.toLowerCase());
      if (known === undefined)
        this.#report(`${field}.user`, `Cannot find user ${device.user}: no user has that e-mail address`);
      const network = this.#findNetwork(`${field}.virtual_network`, device.virtual_network);
      for (const [index, text] of device.addresses.entries()) {
        const address = this.#takeAddress(`${field}.addresses[${index}]`, text);
        if (address !== undefined && known !== undefined)
          this.entries.push(entryOf(address, known, device, network));
      }
    }
  }

  get users(): UserEntry[] {
    return Array.from(this.#usersByEmail, ([email, { user, groups }]) => ({
      email,
      name: user.name,
      groups,
      expiresAtMs: timeOf(user.expires_at),
    }));
  }

  *#parseAll<T>(kind: string, shape: ZodType<T>, objects: readonly unknown[]): Generator<[string, T]> {
    for (const [index, object] of objects.entries()) {
      const field = `${kind}[${index}]`;
      const parsed = shape.safeParse(object);
      if (parsed.success) yield [field, parsed.data];
      else
        for (const issue of parsed.error.issues)
          this.#report(field + issue.path.map(pathStep).join(''), describeFault(object, issue));
    }
  }

  #findGroup(field: string, key: string): IdentityGroup | undefined {
    const group = this.#groupsByKey.get(key);
    if (group === undefined) this.#report(field, `Cannot find group ${key}: no group has that name or id`);
    return group;
  }

  #findNetwork(field: string, key: string | undefined): string | undefined {
    if (key === undefined) return this.virtualNetworkId;
    const id = this.#networkIds.get(key);
    if (id === undefined)
      this.#report(field, `Cannot find virtual network ${key}: no network has that name or id`);
    return id;
  }

  #claimId(kind: 'user' | 'device', field: string, id: string): void {
    const owner = this.#ids.get(`${kind} ${id}`);
    if (owner !== undefined) this.#report(field, `Cannot add ${kind} ${id}: ${owner} has that id`);
    else this.#ids.set(`${kind} ${id}`, field);
  }

  #takeAddress(field: string, text: string): Address | undefined {
    const address = parseAddress(text);
    if (address === undefined) {
      this.#report(field, `Cannot read address ${text}: it is neither IPv4 nor IPv6`);
      return undefined;
    }
    const owner = this.#takenBy.get(formatAddress(address));
    if (owner !== undefined) {
      this.#report(field, `Cannot give ${text} to two devices: ${owner} has it`);
      return undefined;
    }
    this.#takenBy.set(formatAddress(address), field);
    return address;
  }

  #report(field: string, message: string): void {
    this.problems.push({ field, message });
  }
}

function entryOf(
  address: Address,
  { user, groups }: KnownUser,
  device: Device,
  virtualNetworkId: string | undefined,
): IdentityEntry {
  return {
    address,
    expiresAtMs: Math.min(timeOf(user.expires_at), timeOf(device.expires_at)),
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

function dedupe(groups: readonly (IdentityGroup | undefined)[]): IdentityGroup[] {
  return [...new Set(groups)].filter((group) => group !== undefined);
}

function listValues(attributes: User['saml_attributes']): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, typeof value === 'string' ? [value] : value]),
  );
}

function timeOf(text: string | undefined): number {
  return text === undefined ? Number.POSITIVE_INFINITY : Date.parse(text);
}

function pathStep(step: PropertyKey): string {
  return typeof step === 'number' ? `[${step}]` : `.${String(step)}`;
}
