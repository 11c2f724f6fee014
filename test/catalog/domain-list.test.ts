import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDomainList, parseHostsFile } from '../../src/catalog/domain-list.ts';
import { DomainSourceError } from '../../src/catalog/domain-source-error.ts';

describe('parseDomainList', () => {
  it('reads a name a line, in any case and script, with comments, CRLF and leading wildcards', () => {
    const text =
      '\uFEFF# ads\r\nAds.Example.com\r\n\r\n*.track.example # all\n.metrics.example.\nbücher.example';
    const { entries, warnings } = parseDomainList(text);
    expect([...entries.below]).toEqual([
      'ads.example.com',
      'track.example',
      'metrics.example',
      'xn--bcher-kva.example',
    ]);
    expect(entries.exact.size).toBe(0);
    expect(warnings).toEqual([]);
  });

  it('leaves odd lines out and counts them', () => {
    const { entries, warnings } = parseDomainList(
      'a.example\n||b.example^\nc.example\n192.0.2.1\nd.example\n',
    );
    expect([...entries.below]).toEqual(['a.example', 'c.example', 'd.example']);
    expect(warnings).toEqual(['lines without a host name left out: 2, the first is line 2: "||b.example^"']);
  });

  it('refuses a file of mostly odd lines, as a page that says the list has moved', () => {
    expect(() => parseDomainList('<html>\n<p>Moved</p>\n</html>\n')).toThrow(
      'Cannot use "<html>": it is no host name, as most lines',
    );
  });
});

describe('parseHostsFile', () => {
  it('reads the names after each address, and not those of the machine itself', () => {
    const text = [
      '127.0.0.1 localhost localhost.localdomain local',
      '::1 ip6-localhost',
      'fe80::1%lo0 localhost',
      '0.0.0.0 0.0.0.0',
      '0.0.0.0 ads.example.com\ttrack.example # two',
      '::  Ads.example.NET',
    ].join('\n');
    const { entries, warnings } = parseHostsFile(text);
    expect([...entries.exact]).toEqual(['ads.example.com', 'track.example', 'ads.example.net']);
    expect(entries.below.size).toBe(0);
    expect(warnings).toEqual([]);
  });

  it('counts lines without an address or a name', () => {
    const { warnings } = parseHostsFile('0.0.0.0 a.example\n0.0.0.0 c.example\nb.example\n0.0.0.0\n');
    expect(warnings).toEqual(['lines without a host name left out: 2, the first is line 3: "b.example"']);
  });
});

describe.each([
  ['parseDomainList', parseDomainList],
  ['parseHostsFile', parseHostsFile],
])('%s', (_, parse) => {
  it.each(['', '# nothing\n'])('refuses %j, which a broken download leaves behind', (text) => {
    expect(() => parse(text)).toThrow('Cannot use the file: no name is in it');
  });

  it('takes any text or throws DomainSourceError', () => {
    const words = fc.constantFrom('a.example', '0.0.0.0', '#', '\n', '\r\n', ' ', '.', '*', 'é', '\0');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(words).map((parts) => parts.join('')),
          fc.string({ unit: 'binary' }),
        ),
        (text) => {
          try {
            parse(text);
          } catch (error) {
            expect(error).toBeInstanceOf(DomainSourceError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
