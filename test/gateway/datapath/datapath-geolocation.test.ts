/** Rules by country and continent: of the real destination, whether named or literal, and of the client. */
import { describe, expect, test } from 'vitest';
import { joinEndpoint } from '../../support/address-text.ts';
import { buildRequest, sourceOf } from '../../support/client-packets.ts';
import type { DatapathFixture } from '../../support/datapath-fixture.ts';
import { parsePacket } from '../../support/parse-packet.ts';
import { FAMILIES, PARTIES, tellStory } from '../../support/story.ts';
import { shareBytes, writeMmdb } from '../../support/write-mmdb.ts';

const GEOLOCATION = {
  database: shareBytes(
    writeMmdb({
      '192.0.2.0/24': { country_code: 'DE' },
      '10.64.0.3/32': { country_code: 'BR' },
      '2001:db8:2::/48': { country_code: 'DE' },
      'fd00:64::3/128': { country_code: 'BR' },
    }),
  ),
  torExits: ['192.0.2.77', '2001:db8:2::77'],
};

function tell(traffic: string): DatapathFixture {
  const fixture = tellStory({
    rules: [{ name: 'geo', traffic, ipv4: '203.0.113.9', fallback: '0.0.0.0', ipv6: '2001:db8:1::2/128' }],
  });
  fixture.post({ type: 'geolocation', geolocation: GEOLOCATION });
  fixture.fetch();
  return fixture;
}

describe.each(FAMILIES)('Datapath, IPv%i, by geolocation', (family) => {
  const party = PARTIES[family];

  /** The source a connection leaves with. */
  function leave(fixture: DatapathFixture, client: string, destination: string): string | undefined {
    const request = buildRequest('tcp', joinEndpoint(client, 40_000), joinEndpoint(destination, 443));
    const [frame] = fixture.send(request).wan;
    return frame && sourceOf(parsePacket(frame.packet)).address;
  }

  test.each([
    ['net.dst.geo.country == "DE"', true],
    ['net.dst.geo.continent == "EU"', true],
    ['net.dst.geo.continent == "Europe"', true],
    ['net.dst.geo.country == "US"', false],
    ['net.dst.geo.country == "T1"', false],
    ['net.src.geo.country == "DE"', false],
  ])('for a literal destination in Germany, %s is %s', (traffic, holds) => {
    const source = leave(tell(traffic), party.alice, party.server);
    expect(source).toBe(holds ? party.bankEgress : party.defaultEgress);
  });

  test.each([
    ['net.dst.geo.country == "T1"', true],
    ['net.dst.geo.continent == "T1"', true],
    ['net.dst.geo.country == "DE"', false],
  ])('for a Tor exit, %s is %s', (traffic, holds) => {
    const source = leave(tell(traffic), party.alice, party.otherServer);
    expect(source).toBe(holds ? party.bankEgress : party.defaultEgress);
  });

  test('knows where a client is, if anybody does', () => {
    const fixture = tell('net.src.geo.country == "BR"');
    expect(leave(fixture, party.bob, party.server)).toBe(party.bankEgress);
    expect(leave(fixture, party.alice, party.server)).toBe(party.defaultEgress);
  });

  test('takes the place of a named destination from its lease', () => {
    const fixture = tell('net.dst.geo.country == "FR"');
    const real = { ipv4: ['192.0.2.198'], ipv6: ['2001:db8:2::198'] };
    expect(leave(fixture, party.alice, party.bank)).toBe(party.defaultEgress);
    fixture.putLease(0x102, 'bank.example.com', { ...real, geo: { country: 'FR', continent: 'EU' } });
    expect(leave(fixture, party.bob, party.bank)).toBe(party.bankEgress);
  });

  test('knows of no place before it was told of any', () => {
    const rules = [
      {
        name: 'geo',
        traffic: 'net.dst.geo.country != "DE"',
        ipv4: '203.0.113.9',
        fallback: '0.0.0.0',
        ipv6: '2001:db8:1::2/128',
      },
    ];
    expect(leave(tellStory({ rules }), party.alice, party.server)).toBe(party.bankEgress);
  });
});
