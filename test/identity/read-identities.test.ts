import { describe, expect, test } from 'vitest';
import type { IdentityObjects } from '../../src/identity/identity-objects.ts';
import { readIdentities } from '../../src/identity/read-identities.ts';
import { formatAddress } from '../../src/wire/address.ts';

const GROUPS = [{ id: 'g-fin', name: 'finance', email: 'finance@acme.test' }, { name: 'everyone' }];
const ALICE = {
  email: 'Alice@acme.test',
  name: 'Alice O’Neil',
  groups: ['finance', 'everyone', 'g-fin'],
  saml_attributes: { groups: ['finance', 'emea'], department: 'finance' },
  oidc_claims: { level: '3' },
};
const LAPTOP = {
  id: 'd-1',
  name: 'alice-laptop',
  user: 'alice@ACME.test',
  addresses: ['10.64.0.2', 'fd00:64::2'],
  posture: { passed: ['disk'], failed: ['firewall'] },
};

describe('readIdentities', () => {
  test('readIdentities makes one entry for each address of each device', () => {
    const { entries, problems } = readIdentities({ groups: GROUPS, users: [ALICE], devices: [LAPTOP] });
    expect(problems).toEqual([]);
    expect(entries.map(({ address }) => formatAddress(address))).toEqual(['10.64.0.2', 'fd00:64::2']);
    expect(entries[1]).toMatchObject({
      expiresAtMs: Number.POSITIVE_INFINITY,
      identity: {
        email: 'alice@acme.test',
        name: 'Alice O’Neil',
        groups: [
          { id: 'g-fin', name: 'finance', email: 'finance@acme.test' },
          { id: 'everyone', name: 'everyone', email: undefined },
        ],
        samlAttributes: { groups: ['finance', 'emea'], department: ['finance'] },
        oidcClaims: { level: ['3'] },
        posturePassed: ['disk'],
        postureFailed: ['firewall'],
        deviceId: 'd-1',
      },
    });
  });

  test('readIdentities tells of all users, with a device or without', () => {
    const bob = { email: 'bob@acme.test', name: 'Bob', expires_at: '2026-03-01T00:00:00Z' };
    const { users } = readIdentities({ groups: GROUPS, users: [ALICE, bob], devices: [LAPTOP] });
    expect(users).toMatchObject([
      { email: 'alice@acme.test', groups: [{ id: 'g-fin' }, { id: 'everyone' }], expiresAtMs: Infinity },
      { email: 'bob@acme.test', name: 'Bob', groups: [], expiresAtMs: Date.parse('2026-03-01T00:00:00Z') },
    ]);
  });

  test('readIdentities makes entries that survive the way to a worker', () => {
    const { entries } = readIdentities({ groups: GROUPS, users: [ALICE], devices: [LAPTOP] });
    expect(structuredClone(entries)).toEqual(entries);
  });

  test('readIdentities takes the earlier expiry of user and device', () => {
    const users = [{ ...ALICE, expires_at: '2026-03-01T00:00:00Z' }];
    const devices = [
      { ...LAPTOP, addresses: ['10.64.0.2'], expires_at: '2026-02-01T01:00:00+01:00' },
      { ...LAPTOP, id: 'd-2', addresses: ['10.64.0.3'], expires_at: '2027-01-01T00:00:00Z' },
    ];
    const { entries } = readIdentities({ groups: GROUPS, users, devices });
    expect(entries.map(({ expiresAtMs }) => new Date(expiresAtMs).toISOString().slice(0, 10))).toEqual([
      '2026-02-01',
      '2026-03-01',
    ]);
  });

  test.each<[string, IdentityObjects, string, string]>([
    ['an unknown group', { users: [ALICE] }, 'users[0].groups[0]', 'group finance'],
    ['an unknown user', { devices: [LAPTOP] }, 'devices[0].user', 'alice@ACME.test'],
    ['an address that is none', withAddresses('10.64.0.256'), 'devices[0].addresses[0]', '10.64.0.256'],
    ['a prefix for an address', withAddresses('10.64.0.0/24'), 'devices[0].addresses[0]', '10.64.0.0/24'],
    [
      'an address twice',
      withAddresses('fd00::1', 'fd00:0::1'),
      'devices[0].addresses[1]',
      'devices[0].addresses[0] has it',
    ],
    [
      'two users of one e-mail address',
      { users: [bare('a@b.test'), bare('A@b.test')] },
      'users[1].email',
      'A@b.test',
    ],
    [
      'two groups of one name',
      {
        groups: [
          { id: '1', name: 'x' },
          { id: '2', name: 'x' },
        ],
      },
      'groups[1]',
      'x (1)',
    ],
    [
      'a group named like another’s id',
      { groups: [{ id: 'x', name: 'y' }, { name: 'x' }] },
      'groups[1]',
      'y (x)',
    ],
    ['a key nobody knows', { groups: [{ name: 'x', mail: 'x@y.test' }] }, 'groups[0]', '"mail"'],
    ['a user without e-mail address', { users: [{ name: 'x' }] }, 'users[0].email', 'expected string'],
    [
      'an expiry that is no time',
      { users: [{ ...bare('a@b.test'), expires_at: 'soon' }] },
      'users[0].expires_at',
      'ISO',
    ],
    ['something that is no object', { devices: [7] }, 'devices[0]', 'expected object'],
  ])('readIdentities refuses %s and says where', (_, objects, field, part) => {
    const { problems } = readIdentities(objects);
    const problem = problems.find((each) => each.field === field) ?? expect.fail(JSON.stringify(problems));
    expect(problem.message).toContain(part);
  });

  test('readIdentities reports everything at once, and never gives a doubtful address to somebody', () => {
    const devices = [
      { ...LAPTOP, user: 'nobody@acme.test' },
      { name: 'other', user: 'bob@acme.test', addresses: ['10.64.0.2', 'x'] },
    ];
    const { entries, problems } = readIdentities({ users: [bare('bob@acme.test')], devices });
    expect(problems.map(({ field }) => field)).toEqual([
      'devices[0].user',
      'devices[1].addresses[0]',
      'devices[1].addresses[1]',
    ]);
    expect(entries).toEqual([]);
  });
});

function bare(email: string) {
  return { email, name: email };
}

function withAddresses(...addresses: string[]): IdentityObjects {
  return { users: [bare('alice@acme.test')], devices: [{ ...LAPTOP, addresses }] };
}

describe('readIdentities knows the virtual network of a device', () => {
  const networks = [
    { id: 'n-1', name: 'office', is_default_network: true },
    { id: 'n-2', name: 'staging' },
  ];
  const read = (virtual_network: string | undefined, virtual_networks: readonly unknown[]) =>
    readIdentities({
      users: [{ ...ALICE, groups: [] }],
      devices: [{ ...LAPTOP, addresses: ['10.64.0.2'], virtual_network }],
      virtual_networks,
    });

  test.each([
    ['named', 'staging', networks, 'n-2'],
    ['named by its id', 'n-2', networks, 'n-2'],
    ['the default one', undefined, networks, 'n-1'],
    ['none where there is no default one', undefined, networks.slice(1), undefined],
    ['by its name where it has no id', 'lab', [{ name: 'lab' }], 'lab'],
  ])('%s', (_what, virtual_network, virtual_networks, id) => {
    const { entries, problems, virtualNetworkId } = read(virtual_network, virtual_networks);
    expect(problems).toEqual([]);
    expect(entries.map(({ identity }) => identity.virtualNetworkId)).toEqual([id]);
    expect(virtualNetworkId).toBe(virtual_networks === networks ? 'n-1' : undefined);
  });

  test.each([
    [
      'one that is not there',
      'nowhere',
      networks,
      'devices[0].virtual_network',
      'Cannot find virtual network nowhere',
    ],
    [
      'a name twice',
      'office',
      [...networks, { name: 'office' }],
      'virtual_networks[2]',
      'another has that name or id',
    ],
    [
      'two default ones',
      'office',
      [...networks, { name: 'lab', is_default_network: true }],
      'virtual_networks[2].is_default_network',
      'there is one already',
    ],
    [
      'an unknown key',
      'office',
      [...networks, { name: 'lab', default: true }],
      'virtual_networks[2]',
      'default',
    ],
  ])('and refuses %s', (_what, name, virtual_networks, field, message) => {
    const { problems } = read(name, virtual_networks);
    expect(problems).toEqual([{ field, message: expect.stringContaining(message) }]);
  });
});
