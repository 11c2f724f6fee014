import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUILT_IN_GEO_DATABASE } from '../../src/catalog/built-in-geo.ts';
import { GeoDatabase, GeoDatabaseError } from '../../src/catalog/geo-database.ts';
import { addressBytes } from '../support/address-text.ts';
import { shareBytes, writeMmdb } from '../support/write-mmdb.ts';

const SAMPLE = writeMmdb({
  '192.0.2.0/25': { country: { iso_code: 'DE' }, continent: { code: 'EU' } },
  '192.0.2.128/25': { country_code: 'US' },
  '198.51.100.0/24': { country: 'BR', continent: 'SA' },
  '203.0.113.0/25': { registered_country: { iso_code: 'JP' } },
  '203.0.113.128/25': { continent: { code: 'EU' } },
  '2001:db8::/33': { country_code: 'FR' },
  '2001:db8:8000::/33': { country_code: 'EU' },
});

describe('GeoDatabase', () => {
  const database = new GeoDatabase(shareBytes(SAMPLE));

  it.each([
    ['192.0.2.1', 'DE', 'EU'],
    ['192.0.2.200', 'US', 'NA'],
    ['198.51.100.9', 'BR', 'SA'],
    ['203.0.113.1', 'JP', 'AS'],
    ['203.0.113.200', undefined, 'EU'],
    ['2001:db8::1', 'FR', 'EU'],
  ])('finds %s in %s, %s, in whatever shape the record has', (address, country, continent) => {
    expect(database.lookup(addressBytes(address))).toEqual({ country, continent });
  });

  it.each(['10.0.0.1', '2001:db8:8000::1', '::1', 'ff02::1'])('knows nothing of %s', (address) => {
    expect(database.lookup(addressBytes(address))).toBeUndefined();
  });

  it('answers nothing for IPv6 from a database of IPv4 alone', () => {
    const ipv4 = new GeoDatabase(
      shareBytes(writeMmdb({ '32.0.0.0/8': { country_code: 'US' } }, { ipVersion: 4 })),
    );
    expect(ipv4.lookup(addressBytes('32.1.2.3'))?.country).toBe('US');
    expect(ipv4.lookup(addressBytes('2001:db8::1'))).toBeUndefined();
  });

  it('refuses what is no MMDB, and one cut short, with a clear error', () => {
    for (const bytes of [
      new Uint8Array(0),
      new TextEncoder().encode('<html>404</html>'),
      SAMPLE.subarray(0, 500),
    ])
      expect(() => new GeoDatabase(shareBytes(bytes))).toThrow(/^Cannot read as MMDB: /);
    const headless = SAMPLE.subarray(300);
    expect(() => new GeoDatabase(shareBytes(headless))).toThrow(/^Cannot read as MMDB: /);
  });

  it('takes damaged files for what they say or throws GeoDatabaseError, and never anything else', () => {
    const damage = fc.array(fc.tuple(fc.nat(SAMPLE.length - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(damage, fc.uint8Array({ minLength: 4, maxLength: 4 }), (changes, address) => {
        const bytes = Uint8Array.from(SAMPLE);
        for (const [at, value] of changes) bytes[at] = value;
        survives(bytes, address);
      }),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => survives(bytes, addressBytes('192.0.2.1'))),
    );
  });
});

describe('BUILT_IN_GEO_DATABASE', () => {
  const database = new GeoDatabase(shareBytes(readFileSync(BUILT_IN_GEO_DATABASE)));

  it.each([
    ['193.0.6.139', 'NL'],
    ['133.11.0.1', 'JP'],
    ['129.132.1.1', 'CH'],
    ['200.160.2.3', 'BR'],
    ['2001:67c:2e8::1', 'NL'],
  ])('knows where the long-standing network of %s is: %s', (address, country) => {
    expect(database.lookup(addressBytes(address))?.country).toBe(country);
  });

  it.each([
    '10.0.0.1',
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.1',
    '100.80.0.1',
    '127.0.0.1',
    '2001:db8::1',
    'fd00::1',
  ])('gives the reserved address %s no country', (address) => {
    expect(database.lookup(addressBytes(address))).toBeUndefined();
  });
});

function survives(bytes: Uint8Array, address: Uint8Array): void {
  try {
    new GeoDatabase(shareBytes(bytes)).lookup(address);
  } catch (error) {
    expect(error).toBeInstanceOf(GeoDatabaseError);
  }
}
