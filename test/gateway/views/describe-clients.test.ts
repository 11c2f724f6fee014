import { describe, expect, test } from 'vitest';
import {
  type ClientSources,
  describeClients,
  describeUsers,
} from '../../../src/gateway/views/describe-clients.ts';
import { IdentityDirectory } from '../../../src/identity/identity-directory.ts';
import { readIdentities } from '../../../src/identity/read-identities.ts';
import { addressBytes } from '../../support/address-text.ts';
import { PEOPLE } from '../../support/policy-fixture.ts';

const WALL_MS = Date.parse('2026-06-01T00:00:00Z');
const END = '2026-05-31T00:00:00.000Z';

/** Bob's desktop has expired, carol has no device. */
const { entries, users, problems } = readIdentities({
  virtual_networks: [{ name: 'office', is_default_network: true }],
  groups: PEOPLE.groups,
  users: [...PEOPLE.users, { email: 'carol@example.com', name: 'Carol' }],
  devices: PEOPLE.devices.map((device) =>
    device.name === 'desktop' ? { ...device, expires_at: END } : device,
  ),
});
const policy = { identities: entries, users, directory: new IdentityDirectory(entries, 'office') };

const use = (address: string, flows: number, ports = 1) => ({ address: addressBytes(address), flows, ports });

function sourcesOf(change: Partial<ClientSources> = {}): ClientSources {
  return { policy, uses: [], leases: [], wallMs: WALL_MS, ...change };
}

describe('describeClients', () => {
  test('tells who is behind an address, and what it uses', () => {
    expect(problems).toEqual([]);
    const sources = sourcesOf({
      uses: [use('10.64.0.2', 3, 2)],
      leases: [{ client: addressBytes('10.64.0.2'), leases: 7 }],
    });
    expect(describeClients(sources, { limit: 1 })).toEqual([
      {
        address: '10.64.0.2',
        user: 'alice@example.com',
        device: 'laptop',
        groups: ['finance'],
        virtualNetwork: 'office',
        expiresAt: null,
        flows: 3,
        ports: 2,
        leases: 7,
      },
    ]);
  });

  test('an identity that has expired is nobody, of a device that is still known', () => {
    const [, , desktop] = describeClients(sourcesOf(), {});
    expect(desktop).toMatchObject({
      address: '10.64.0.3',
      user: null,
      device: 'desktop',
      groups: [],
      expiresAt: END,
      flows: 0,
    });
  });

  test('whoever has most flows comes first, then most leases, then the order of the policy', () => {
    const sources = sourcesOf({
      uses: [use('10.64.0.3', 1), use('10.64.0.99', 50)],
      leases: [
        { client: addressBytes('10.64.0.77'), leases: 2048 },
        { client: addressBytes('10.64.0.3'), leases: 1 },
      ],
    });
    const found = describeClients(sources, {});
    expect(found.map(({ address }) => address)).toEqual([
      '10.64.0.99',
      '10.64.0.3',
      '10.64.0.77',
      '10.64.0.2',
      'fd00:64::2',
      'fd00:64::3',
    ]);
    expect(found[0]).toMatchObject({ user: null, device: null, virtualNetwork: 'office', expiresAt: null });
    expect(found[2]).toMatchObject({ flows: 0, leases: 2048 });
  });

  test('adds up what several workers know of a client', () => {
    const [busy] = describeClients(sourcesOf({ uses: [use('10.64.0.9', 2, 5), use('10.64.0.9', 3, 4)] }), {});
    expect(busy).toMatchObject({ address: '10.64.0.9', flows: 5, ports: 5 });
  });

  test('shows those of one user, however the address is spelt', () => {
    const found = describeClients(sourcesOf({ uses: [use('10.64.0.99', 50)] }), {
      user: 'Alice@Example.com',
    });
    expect(found.map(({ address }) => address)).toEqual(['10.64.0.2', 'fd00:64::2']);
  });
});

describe('describeUsers', () => {
  test('shows all of the policy, where they are and what they have open', () => {
    const uses = [use('10.64.0.2', 3), use('fd00:64::2', 4), use('10.64.0.3', 8)];
    expect(describeUsers(sourcesOf({ uses }))).toEqual([
      {
        email: 'alice@example.com',
        name: 'Alice',
        groups: ['finance'],
        devices: ['laptop'],
        addresses: ['10.64.0.2', 'fd00:64::2'],
        expiresAt: null,
        flows: 7,
      },
      {
        email: 'bob@example.com',
        name: 'Bob',
        groups: [],
        devices: ['desktop'],
        addresses: [],
        expiresAt: null,
        flows: 0,
      },
      {
        email: 'carol@example.com',
        name: 'Carol',
        groups: [],
        devices: [],
        addresses: [],
        expiresAt: null,
        flows: 0,
      },
    ]);
  });
});
