import { describe, expect, it } from 'vitest';
import { continentOf, isContinent } from '../../src/catalog/continents.ts';

/** Intl knows a region by its English name; what it does not know it gives back as it was. */
const NAMES = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
/** Known to Intl, but no countries of ISO 3166-1: unions, parts, test regions and former countries. */
const NO_COUNTRIES = new Set(
  'AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ AN BU CS DD FX NT SU TP UK YD YU ZR DY HV NH RH VD'.split(' '),
);

describe('continentOf', () => {
  const countries = LETTERS.flatMap((one) => LETTERS.map((other) => one + other)).filter(
    (code) => NAMES.of(code) !== undefined && !NO_COUNTRIES.has(code),
  );

  it('knows every country of ISO 3166-1, all 249, and Kosovo', () => {
    expect(countries.filter((code) => continentOf(code) === undefined)).toEqual([]);
    expect(countries).toHaveLength(250);
  });

  it.each([
    ['DE', 'EU'],
    ['US', 'NA'],
    ['BR', 'SA'],
    ['NA', 'AF'],
    ['AS', 'OC'],
    ['SA', 'AS'],
    ['TR', 'AS'],
    ['RU', 'EU'],
    ['CY', 'EU'],
    ['AQ', 'AN'],
    ['XK', 'EU'],
  ])('puts %s into %s', (country, continent) => {
    expect(continentOf(country)).toBe(continent);
  });

  it.each(['EU', 'AP', 'ZZ', 'T1', 'de', '', 'USA', '__proto__'])('knows no country %s', (text) => {
    expect(continentOf(text)).toBeUndefined();
  });
});

describe('isContinent', () => {
  it.each([
    ['EU', true],
    ['T1', false],
    ['toString', false],
    [undefined, false],
  ])('says of %s: %s', (text, expected) => {
    expect(isContinent(text)).toBe(expected);
  });
});
