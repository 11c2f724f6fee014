import { RRegex } from 'rregex';
import { describe, expect, it } from 'vitest';
import { countEntries, DomainSet } from '../../src/catalog/domain-set.ts';

describe('DomainSet', () => {
  const entries = {
    below: new Set(['example.com', 'ads.example.org', 'com.example']),
    exact: new Set(['www.example.net', 'example.org']),
    keywords: ['doubleclick'],
    patterns: [new RRegex('^ad[0-9]+\\.')],
  };
  const names = new DomainSet(entries);

  it.each([
    ['example.com', 11],
    ['WWW.Example.COM.', 11],
    ['a.b.ads.example.org', 15],
    ['www.example.net', 15],
    ['example.org', 11],
    ['stats.doubleclick.test', 0],
    ['ad42.example.test', 0],
  ])('has %s, by %i characters of it', (hostname, length) => {
    expect(names.match(hostname)).toBe(length);
  });

  it.each([
    'notexample.com',
    'example.net',
    'a.www.example.net',
    'a.example.org',
    'com',
    'ad.example.test',
    '',
  ])('does not have %j', (hostname) => {
    expect(names.match(hostname)).toBeUndefined();
  });

  it('countEntries counts the entries of all kinds', () => {
    expect(countEntries(entries)).toBe(7);
  });
});
