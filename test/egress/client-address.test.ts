import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseClientAddress } from '../../src/egress/client-address.ts';
import {
  type Address,
  formatAddress,
  type Prefix,
  parseAddress,
  parsePrefix,
  prefixContains,
} from '../../src/wire/address.ts';

const SECRET = new Uint8Array(32).fill(1);

describe('chooseClientAddress', () => {
  test('chooseClientAddress stays inside prefixes of every length, and off their first address', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 127 }), fc.string(), (length, client) => {
        const range = { address: new Uint8Array(16), length };
        const address = chooseClientAddress(range, client, SECRET) ?? expect.fail('none');
        expect(prefixContains(range, address)).toBe(true);
        expect(address.some((byte) => byte !== 0)).toBe(true);
      }),
    );
  });

  test('chooseClientAddress gives one client one address, and clients different ones', () => {
    const range = prefix('2001:db8:9::/64');
    const addressOf = (client: string) =>
      formatAddress(chooseClientAddress(range, client, SECRET) ?? expect.fail());
    const clients = Array.from({ length: 500 }, (_, number) => `10.64.0.${number}`);
    expect(new Set(clients.map(addressOf)).size).toBe(500);
    expect(clients.map(addressOf)).toEqual(clients.map(addressOf));
  });

  test('chooseClientAddress depends on the secret', () => {
    const range = prefix('2001:db8:9::/64');
    expect(chooseClientAddress(range, 'alice', SECRET)).not.toEqual(
      chooseClientAddress(range, 'alice', new Uint8Array(32).fill(2)),
    );
  });

  test('chooseClientAddress of a prefix of one address is that address', () => {
    expect(chooseClientAddress(prefix('2001:db8:1::1'), 'alice', SECRET)).toEqual(ip('2001:db8:1::1'));
  });

  test('chooseClientAddress goes round what others have, and says when nothing is left', () => {
    const range = prefix('2001:db8:9::8/126');
    const taken = [ip('2001:db8:9::9'), ip('2001:db8:9::b')];
    for (let client = 0; client < 50; client++)
      expect(chooseClientAddress(range, `${client}`, SECRET, taken)).toEqual(ip('2001:db8:9::a'));
    expect(chooseClientAddress(range, 'alice', SECRET, [...taken, ip('2001:db8:9::a')])).toBeUndefined();
  });
});

function ip(text: string): Address {
  return parseAddress(text) ?? expect.fail(text);
}

function prefix(text: string): Prefix {
  return parsePrefix(text) ?? expect.fail(text);
}
