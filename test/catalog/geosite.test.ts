import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DomainSet } from '../../src/catalog/domain-set.ts';
import { DomainSourceError } from '../../src/catalog/domain-source-error.ts';
import { parseGeosite } from '../../src/catalog/geosite.ts';
import { writeGeosite } from '../support/write-geosite.ts';

const FILE = writeGeosite({
  APPLE: [{ type: 'below', value: 'apple.example' }],
  'CATEGORY-ADS-ALL': [
    { type: 'below', value: 'ads.example' },
    { type: 'exact', value: 'www.track.example', attributes: ['cn'] },
    { type: 'keyword', value: 'Tracker' },
    { type: 'regex', value: '(^|\\.)ad[a-z]{2}\\.example$', attributes: ['cn', 'ads'] },
    { type: 'regex', value: '(?=look-ahead)' },
    { type: 'below', value: 'not a name' },
  ],
  EMPTY: [],
});

describe('parseGeosite', () => {
  it('reads every kind of entry of one list, in whatever case it is asked for', () => {
    const { entries, warnings } = parseGeosite(FILE, 'category-ads-all');
    expect([...entries.below]).toEqual(['ads.example']);
    expect([...entries.exact]).toEqual(['www.track.example']);
    expect(entries.keywords).toEqual(['tracker']);
    expect(new DomainSet(entries).match('adxy.example')).toBe(0);
    expect(warnings).toEqual(['entries left out: 2, the first is "(?=look-ahead)"']);
    expect(parseGeosite(FILE, 'Apple').entries.below).toEqual(new Set(['apple.example']));
  });

  it('takes only the entries that bear an attribute', () => {
    const { entries } = parseGeosite(FILE, 'category-ads-all@cn');
    expect([entries.below.size, entries.exact.size, entries.patterns.length]).toEqual([0, 1, 1]);
  });

  it.each([
    ['aple', 'Cannot find the list "aple": it is none of the 3 of the file'],
    ['empty', 'Cannot use the list "empty": nothing is in it'],
    ['apple@ads', 'Cannot use the list "apple@ads": nothing is in it'],
  ])('refuses to read %s', (list, message) => {
    expect(() => parseGeosite(FILE, list)).toThrow(new DomainSourceError(message));
  });

  it.each([
    ['text', new TextEncoder().encode('example.com\n')],
    ['a file cut short', FILE.subarray(0, 40)],
    ['an endless number', new Uint8Array(20).fill(0xff)],
  ])('refuses %s', (_, bytes) => {
    expect(() => parseGeosite(bytes, 'category-ads-all')).toThrow(/^Cannot read as geosite.dat: /);
  });

  it('takes damaged files for what they say or throws DomainSourceError', () => {
    const survive = (bytes: Uint8Array) => {
      try {
        parseGeosite(bytes, 'category-ads-all');
      } catch (error) {
        expect(error).toBeInstanceOf(DomainSourceError);
      }
    };
    const damage = fc.array(fc.tuple(fc.nat(FILE.length - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(damage, (changes) => {
        const bytes = Uint8Array.from(FILE);
        for (const [at, value] of changes) bytes[at] = value;
        survive(bytes);
      }),
      { numRuns: 2000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), survive));
  });

  it('reads back what was written', () => {
    const name = fc.domain().map((text) => text.toLowerCase());
    const domain = fc.record({ type: fc.constantFrom('below', 'exact'), value: name });
    fc.assert(
      fc.property(fc.array(domain, { minLength: 1, maxLength: 200 }), (domains) => {
        const { entries } = parseGeosite(writeGeosite({ OTHER: [], MINE: domains }), 'mine');
        const named = (type: string) =>
          new Set(domains.filter((one) => one.type === type).map(({ value }) => value));
        expect(entries.below).toEqual(named('below'));
        expect(entries.exact).toEqual(named('exact'));
      }),
      { numRuns: 50 },
    );
  });
});
