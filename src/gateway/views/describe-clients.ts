/** Makes the records of clients and users from identities, flows and leases. */
import type { Identity } from '../../identity/identity.ts';
import type { IdentityDirectory } from '../../identity/identity-directory.ts';
import type { IdentityEntry, UserEntry } from '../../identity/identity-entry.ts';
import type { ClientUse } from '../../nat/client-limits.ts';
import type { ClientLeases } from '../../synthetic/slot-charges.ts';
import { type Address, addressKey, formatAddress } from '../../wire/address.ts';
import type { ClientFilter, ClientRecord, UserRecord } from '../control/client-record.ts';

/** The default maximum number of records. */
export const DEFAULT_CLIENTS = 1000;

export interface ClientSources {
  readonly policy: {
    readonly identities: readonly IdentityEntry[];
    readonly users: readonly UserEntry[];
    readonly directory: Pick<IdentityDirectory, 'networkOf'>;
  };
  /** The resource use of clients with flows; a client may occur once per worker. */
  readonly uses: readonly ClientUse[];
  readonly leases: Iterable<ClientLeases>;
  /** Milliseconds since 1970. */
  readonly wallMs: number;
}

/** In descending order of flows, then of leases, then in the order of the policy. */
export function describeClients(sources: ClientSources, filter: ClientFilter): ClientRecord[] {
  const user = filter.user?.toLowerCase();
  const records = Array.from(gatherClients(sources).values(), (client) => describeClient(client, sources));
  return records
    .filter((record) => user === undefined || record.user === user)
    .toSorted((one, other) => other.flows - one.flows || other.leases - one.leases)
    .slice(0, filter.limit ?? DEFAULT_CLIENTS);
}

/** In the order of the policy. */
export function describeUsers({ policy, uses, wallMs }: Omit<ClientSources, 'leases'>): UserRecord[] {
  const entriesOf = Map.groupBy(policy.identities, ({ identity }) => identity.email);
  const flowsOf = new Map<string, number>();
  for (const { address, flows } of uses) addTo(flowsOf, addressKey(address), flows);
  return policy.users.map(({ email, name, groups, expiresAtMs }) => {
    const entries = entriesOf.get(email) ?? [];
    const living = entries.filter((entry) => wallMs < entry.expiresAtMs).map(({ address }) => address);
    return {
      email,
      name,
      groups: namesOf(groups),
      devices: [...new Set(entries.map(({ identity }) => identity.deviceId))],
      addresses: living.map(formatAddress),
      expiresAt: describeEnd(expiresAtMs),
      flows: living.reduce((sum, address) => sum + (flowsOf.get(addressKey(address)) ?? 0), 0),
    };
  });
}

interface Client {
  readonly address: Address;
  entry: IdentityEntry | undefined;
  flows: number;
  ports: number;
  leases: number;
}

function gatherClients({ policy, uses, leases }: ClientSources): ReadonlyMap<string, Client> {
  const clients = new Map<string, Client>();
  const clientOf = (address: Address): Client => {
    const key = addressKey(address);
    const client = clients.get(key) ?? { address, entry: undefined, flows: 0, ports: 0, leases: 0 };
    clients.set(key, client);
    return client;
  };
  for (const entry of policy.identities) clientOf(entry.address).entry = entry;
  for (const { address, flows, ports } of uses) {
    const client = clientOf(address);
    client.flows += flows;
    client.ports = Math.max(client.ports, ports);
  }
  for (const { client, leases: count } of leases) clientOf(client).leases = count;
  return clients;
}

function describeClient(client: Client, { policy, wallMs }: ClientSources): ClientRecord {
  const { address, entry, flows, ports, leases } = client;
  const identity: Identity | undefined =
    entry !== undefined && wallMs < entry.expiresAtMs ? entry.identity : undefined;
  return {
    address: formatAddress(address),
    user: identity?.email ?? null,
    device: entry?.identity.deviceId ?? null,
    groups: namesOf(identity?.groups ?? []),
    virtualNetwork: policy.directory.networkOf(identity) ?? null,
    expiresAt: entry === undefined ? null : describeEnd(entry.expiresAtMs),
    flows,
    ports,
    leases,
  };
}

function namesOf(groups: Identity['groups']): string[] {
  return groups.map(({ name }) => name);
}

function describeEnd(expiresAtMs: number): string | null {
  return Number.isFinite(expiresAtMs) ? new Date(expiresAtMs).toISOString() : null;
}

function addTo(sums: Map<string, number>, key: string, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}
