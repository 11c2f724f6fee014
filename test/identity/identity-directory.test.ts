import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IdentityDirectory } from '../../src/identity/identity-directory.ts';
import { readIdentities } from '../../src/identity/read-identities.ts';
import { formatAddress, parseAddress } from '../../src/wire/address.ts';

const NOW = Date.parse('2026-01-15T12:00:00Z');

describe('IdentityDirectory', () => {
  const { entries } = readIdentities({
    users: [
      { email: 'alice@acme.test', name: 'Alice' },
      { email: 'bob@acme.test', name: 'Bob', expires_at: '2026-01-15T12:00:00Z' },
    ],
    devices: [
      { name: 'a', user: 'alice@acme.test', addresses: ['10.64.0.2', 'fd00:64::2'] },
      { name: 'b', user: 'bob@acme.test', addresses: ['10.64.0.3'] },
    ],
  });
  const directory = new IdentityDirectory(entries);
  const emailAt = (text: string, now = NOW) =>
    directory.identify(parseAddress(text) ?? expect.fail(text), now)?.email;

  test('IdentityDirectory finds who is behind an address of either family', () => {
    expect(directory.size).toBe(3);
    expect(emailAt('10.64.0.2')).toBe('alice@acme.test');
    expect(emailAt('fd00:64::2')).toBe('alice@acme.test');
  });

  test.each(['10.64.0.4', '::ffff:10.64.0.2', '::a40:2', 'fd00:64::3', '0.0.0.0', '::'])(
    'IdentityDirectory knows nobody at %s',
    (text) => {
      expect(emailAt(text)).toBeUndefined();
    },
  );

  test('IdentityDirectory forgets an identity the moment it expires', () => {
    expect(emailAt('10.64.0.3', NOW - 1)).toBe('bob@acme.test');
    expect(emailAt('10.64.0.3', NOW)).toBeUndefined();
  });

  test('IdentityDirectory never takes one address for another', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(bytes, { minLength: 2, maxLength: 40, selector: formatAddress }),
        ([odd, ...rest]) => {
          const user = [{ email: 'x@acme.test', name: 'x' }];
          const addresses = rest.map(formatAddress);
          const read = readIdentities({
            users: user,
            devices: [{ name: 'd', user: 'x@acme.test', addresses }],
          });
          const all = new IdentityDirectory(read.entries);
          expect(all.size).toBe(rest.length);
          expect(rest.every((address) => all.identify(address, NOW) !== undefined)).toBe(true);
          expect(odd && all.identify(odd, NOW)).toBeUndefined();
        },
      ),
    );
  });
});

test('IdentityDirectory.networkOf gives the default network to clients nobody is known for', () => {
  const { entries } = readIdentities({
    users: [{ email: 'a@b.test', name: 'A' }],
    devices: [{ name: 'd', user: 'a@b.test', addresses: ['10.0.0.1'], virtual_network: 'lab' }],
    virtual_networks: [{ name: 'lab' }],
  });
  const directory = new IdentityDirectory(entries, 'office');
  expect(directory.networkOf(undefined)).toBe('office');
  expect(directory.networkOf(entries[0]?.identity)).toBe('lab');
  expect(new IdentityDirectory(entries).networkOf(undefined)).toBeUndefined();
});
