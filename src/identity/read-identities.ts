/**
 * Builds the identity table from users, groups, devices and virtual networks: validates every object, resolves the references
 * between them, and reports all problems at once.
 */
import type { ZodType } from 'zod';
import { describeFault } from '../report/describe-fault.ts';
import { type Address, formatAddress, parseAddress } from '../wire/address.ts';
import type { IdentityGroup } from './identity.ts';
import { expiryMs, type IdentityEntry, type KnownUser, makeEntry, type UserEntry } from './identity-entry.ts';
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

/** The entries of all valid objects, and the problems of the others. If there are any, the caller must refuse all of it. */
export function readIdentities(objects: IdentityObjects): {
  entries: IdentityEntry[];
  users: UserEntry[];
  /** Id of the default network. */
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

class IdentityReader {
  readonly entries: IdentityEntry[] = [];
  readonly problems: IdentityProblem[] = [];
  virtualNetworkId: string | undefined;
  /** Network ids by id and by name. */
  readonly #networkIds = new Map<string, string>();
  readonly #groupsByKey = new Map<string, IdentityGroup>();
  readonly #usersByEmail = new Map<string, KnownUser>();
  readonly #ids = new Map<string, string>();
  /** For each address in canonical form, the field that has it. */
  readonly #fieldByAddress = new Map<string, string>();

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
          this.entries.push(makeEntry(address, known, device, network));
      }
    }
  }

  get users(): UserEntry[] {
    return Array.from(this.#usersByEmail, ([email, { user, groups }]) => ({
      email,
      name: user.name,
      groups,
      expiresAtMs: expiryMs(user.expires_at),
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
    const owner = this.#fieldByAddress.get(formatAddress(address));
    if (owner !== undefined) {
      this.#report(field, `Cannot give ${text} to two devices: ${owner} has it`);
      return undefined;
    }
    this.#fieldByAddress.set(formatAddress(address), field);
    return address;
  }

  #report(field: string, message: string): void {
    this.problems.push({ field, message });
  }
}

function dedupe(groups: readonly (IdentityGroup | undefined)[]): IdentityGroup[] {
  return [...new Set(groups)].filter((group) => group !== undefined);
}

function pathStep(step: PropertyKey): string {
  return typeof step === 'number' ? `[${step}]` : `.${String(step)}`;
}
