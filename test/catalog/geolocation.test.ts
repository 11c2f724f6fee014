import { describe, expect, it } from 'vitest';
import { Geolocation } from '../../src/catalog/geolocation.ts';
import { addressBytes } from '../support/address-text.ts';
import { shareBytes, writeMmdb } from '../support/write-mmdb.ts';

describe('Geolocation', () => {
  const database = shareBytes(writeMmdb({ '192.0.2.0/24': { country_code: 'DE' } }));

  it('answers with country and continent', () => {
    const geolocation = new Geolocation({ database, torExits: [] });
    expect(geolocation.lookup(addressBytes('192.0.2.1'))).toEqual({ country: 'DE', continent: 'EU' });
    expect(geolocation.lookup(addressBytes('198.51.100.1'))).toBeUndefined();
  });

  it('calls a Tor exit T1, wherever it stands', () => {
    const geolocation = new Geolocation({ database, torExits: ['192.0.2.1', '2001:db8::1'] });
    const tor = { country: 'T1', continent: 'T1' };
    expect(geolocation.lookup(addressBytes('192.0.2.1'))).toEqual(tor);
    expect(geolocation.lookup(addressBytes('2001:db8:0::1'))).toEqual(tor);
    expect(geolocation.lookup(addressBytes('192.0.2.2'))).toEqual({ country: 'DE', continent: 'EU' });
  });
});
