/** Lists and categories from files, through the whole of compiling a policy: places of problems, last good copies. */
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadPolicy } from '../../../src/gateway/config/load-policy.ts';
import { compilePolicy } from '../../../src/gateway/policy/compile-policy.ts';
import { PolicyFiles } from '../../../src/gateway/policy/policy-files.ts';
import { ConfigError, describeProblem } from '../../../src/report/errors.ts';
import { TemporaryFolder } from '../../support/temporary-folder.ts';
import { writeGeosite } from '../../support/write-geosite.ts';
import { makeConfig } from '../host/host-fixture.ts';

const folder = new TemporaryFolder();

const POLICY = `rules:
  - { name: one, enabled: true, action: egress, traffic: 'net.fqdn.host in $sites' }
lists:
  - { id: sites, name: sites, type: DOMAIN, file: sites.csv, items: [{ value: own.example }] }
catalog:
  sources:
    - { category: 85, format: hosts, path: hosts.txt }
    - { category: 66, format: geosite, path: geosite.dat, list: ads }
`;

/** Texts of problems without the folder. */
function short(text: string): string[] {
  return text.replaceAll(`${folder.path}${path.sep}`, '').split('\n');
}

function compile(files = new PolicyFiles(), listBytes = 1000) {
  const source = loadPolicy(folder.write('policy.yaml', POLICY));
  const config = makeConfig();
  const limited = { ...config, limits: { ...config.limits, listBytes } };
  return compilePolicy(source, limited, files);
}

function refuse(files?: PolicyFiles, listBytes?: number): string[] {
  try {
    compile(files, listBytes);
  } catch (error) {
    if (error instanceof ConfigError) return short(error.message);
    throw error;
  }
  return [];
}

function writeGood(): void {
  folder.write('sites.csv', 'value\nshop.example\n');
  folder.write('hosts.txt', '0.0.0.0 ads.example\n');
  folder.write('geosite.dat', writeGeosite({ ADS: [{ type: 'below', value: 'track.example' }] }));
}

describe('compilePolicy', () => {
  test('adds the entries of files to lists and categories', () => {
    writeGood();
    const { lists, catalog, warnings } = compile();
    expect(lists[0]).toMatchObject({
      file: 'sites.csv',
      items: [{ value: 'own.example' }, { value: 'shop.example' }],
      updated_at: expect.stringMatching(/^20.*Z$/),
    });
    expect(catalog.lookup('ads.example').categoryIds).toContain(85);
    expect(catalog.lookup('www.track.example').categoryIds).toContain(66);
    expect(warnings.map(describeProblem)).toEqual([]);
  });

  test('names file and line of a wrong entry, and the place in the policy of a wrong file', () => {
    folder.write('sites.csv', 'shop.example\nno name at all\n"\n');
    folder.write('hosts.txt', '<html>\n');
    folder.write('geosite.dat', writeGeosite({ OTHER: [] }));
    expect(refuse()).toEqual(
      [
        'sites.csv:3:1: Cannot read as CSV: a quote is not closed',
        'hosts.txt:1:1: Cannot use "<html>": it is no host name, as most lines',
        'policy.yaml:8:46: catalog.sources[1].path: geosite.dat: Cannot find the list "ads": it is none of the 1 of the file',
      ].sort(byLine),
    );
    folder.write('sites.csv', 'shop.example\nno name at all\n');
    expect(refuse()[1]).toBe(
      "sites.csv:2:1: Cannot use 'no name at all': expected a domain name without wildcards",
    );
  });

  test('shows the first wrong entries and counts the others', () => {
    writeGood();
    folder.write('sites.csv', 'no name\n'.repeat(50));
    const problems = refuse();
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe('sites.csv:20:1: Cannot use the file: 30 more entries are wrong');
  });

  test.each([
    ['too large', 'x.example\n'.repeat(101), /1010 bytes, more than 1000$/],
    ['not UTF-8', Uint8Array.of(0x61, 0xff), /it is not UTF-8$/],
  ])('refuses a list file that is %s', (_, content, message) => {
    writeGood();
    folder.write('sites.csv', content);
    expect(refuse()).toEqual([expect.stringMatching(message)]);
    expect(refuse()[0]).toMatch(/^policy.yaml:4:\d+: lists\[0\].file: sites.csv: Cannot read the file: /);
  });

  test('goes on with the last good copies of files that turn bad, and warns', () => {
    writeGood();
    const files = new PolicyFiles();
    compile(files);
    folder.write('sites.csv', 'no name\n');
    folder.write('hosts.txt', '');
    folder.write('geosite.dat', 'garbage');
    const { lists, catalog, warnings } = compile(files);
    expect(lists[0]?.items).toHaveLength(2);
    expect(catalog.lookup('www.track.example').categoryIds).toContain(66);
    const texts = warnings.map(describeProblem).flatMap(short);
    expect(texts).toEqual([
      expect.stringMatching(/^sites.csv:1:1: Cannot use 'no name': .*; the copy of .* stays in use$/),
      expect.stringMatching(/^policy.yaml:7:44: .*no name is in it; the copy of .*stays in use$/),
      expect.stringMatching(/^policy.yaml:8:46: .*Cannot read as geosite.dat: .*stays in use$/),
    ]);
    expect(refuse(new PolicyFiles())).not.toEqual([]);
  });

  test('warns of entries it left out', () => {
    writeGood();
    folder.write('hosts.txt', '0.0.0.0 a.example b.example\nodd\n');
    expect(compile().warnings.map(describeProblem).flatMap(short)).toEqual([
      'policy.yaml:7:44: catalog.sources[0].path: hosts.txt: lines without a host name left out: 1, the first is line 2: "odd"',
    ]);
  });
});

function byLine(one: string, other: string): number {
  return Number(one.split(':')[1]) - Number(other.split(':')[1]);
}
