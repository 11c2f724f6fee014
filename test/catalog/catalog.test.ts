import { describe, expect, test, vi } from 'vitest';
import { buildCatalog } from '../../src/catalog/catalog.ts';
import { DomainSet } from '../../src/catalog/domain-set.ts';

const { catalog } = buildCatalog();
const { applications: NAMES } = catalog;

function namesOf(hostname: string): string[] {
  return catalog.lookup(hostname).applicationIds.map((id) => NAMES.get(id)?.name ?? '?');
}

describe('Catalog.lookup', () => {
  test.each([
    ['slack.com', ['Slack']],
    ['app.slack.com', ['Slack']],
    ['APP.Slack.COM.', ['Slack']],
    ['edge.api.flagpole.slack.com', ['Slack']],
    ['eu02web.zoom.us', ['Zoom']],
    ['api.github.com', ['GitHub']],
    ['acme.my.salesforce.com', ['Salesforce']],
    ['aws.amazon.com', ['Amazon Web Services']],
    ['www.amazon.com', ['Amazon']],
    ['music.amazon.com', ['Amazon Music']],
    ['acme.atlassian.net', ['Confluence', 'Jira']],
    ['teams.microsoft.com', ['Microsoft Office365', 'Microsoft Teams']],
    ['mail.google.com', ['Gmail', 'Google Workspace']],
    ['login.microsoftonline.com', ['Azure AD', 'Microsoft Office365']],
    ['statics.teams.cdn.office.net', ['Microsoft Office365', 'Microsoft Teams']],
    ['acme.okta.com', ['Okta']],
    ['wd3.myworkdaysite.com', ['Workday']],
    ['acme.my.salesforce-sites.com', ['Salesforce']],
    ['js.hs-analytics.net', ['Hubspot']],
    ['api.notion.com', ['Notion (Do Not Inspect)']],
    ['rr5---sn-abc.googlevideo.com', ['YouTube']],
    ['notslack.com', []],
    ['slack.com.evil.test', []],
    ['com', []],
    ['', []],
  ])('Catalog.lookup("%s") finds the applications %o', (hostname, names) => {
    expect(namesOf(hostname)).toEqual(names);
  });

  test('Catalog.lookup gives the type of an application, as the published example has it', () => {
    expect(catalog.lookup('app.slack.com')).toMatchObject({ applicationIds: [617], applicationTypeIds: [1] });
    expect(catalog.lookup('chatgpt.com').applicationTypeIds).toEqual([25]);
  });

  test('Catalog.lookup adds the category a category is part of', () => {
    expect(catalog.lookup('www.paypal.com').categoryIds).toEqual([89, 3]);
    expect(catalog.lookup('old.reddit.com').categoryIds).toEqual([98, 12]);
  });

  test('Catalog.lookup knows nothing about other names', () => {
    const facts = { applicationIds: [], applicationTypeIds: [], categoryIds: [] };
    expect(catalog.lookup('bank.example.com')).toEqual(facts);
  });

  test('Catalog.lookup takes a name of 127 labels in its stride', () => {
    expect(namesOf(`${'a.'.repeat(121)}slack.com`)).toEqual(['Slack']);
  });
});

describe('buildCatalog with a section of the policy file', () => {
  const { catalog: own, problems } = buildCatalog({
    applications: [
      {
        id: 90_001,
        name: 'Acme Intranet',
        application_type_id: 7,
        hostnames: ['intranet.example.com', 'BÜCHER.example'],
      },
      { id: 617, hostnames: ['slack.example.com'] },
      { id: 90_002, name: 'Our Slack', application_type_id: 1, hostnames: ['acme.slack.com', 'github.com'] },
    ],
    categories: [
      { id: 89, hostnames: ['bank.example.com'] },
      { id: 185, hostnames: ['bank.example.com'] },
      { id: 3, hostnames: ['acme.example.com'] },
    ],
  });

  test.each([
    ['www.intranet.example.com', [90_001], [7]],
    ['xn--bcher-kva.example', [90_001], [7]],
    ['slack.example.com', [617], [1]],
    ['app.slack.com', [617], [1]],
    ['acme.slack.com', [90_002], [1]],
    ['api.github.com', [90_002], [1]],
    ['github.io', [548], [9]],
  ])('Catalog.lookup("%s") finds %o of the types %o', (hostname, applicationIds, applicationTypeIds) => {
    expect(problems).toEqual([]);
    expect(own.lookup(hostname)).toMatchObject({ applicationIds, applicationTypeIds });
  });

  test('Catalog.lookup gathers the categories of a name, each parent once', () => {
    expect(own.lookup('bank.example.com').categoryIds).toEqual([89, 3, 185]);
    expect(own.lookup('acme.example.com').categoryIds).toEqual([3]);
  });

  test('Catalog.applications names the policy file’s applications beside the built-in ones', () => {
    expect(own.applications.get(90_001)).toEqual({ id: 90_001, name: 'Acme Intranet', typeId: 7 });
    expect(own.applications.get(617)?.name).toBe('Slack');
  });

  test.each<[unknown, string, string]>([
    [
      { applications: [{ id: 90_001, hostnames: [] }] },
      'applications[0]',
      'needs name and application_type_id',
    ],
    [{ applications: [{ id: 617, name: 'Slag', hostnames: [] }] }, 'applications[0].name', 'it is Slack'],
    [
      { applications: [{ id: 617, application_type_id: 2, hostnames: [] }] },
      'applications[0].application_type_id',
      'it is of type 1',
    ],
    [
      { applications: [{ id: 90_001, name: 'x', application_type_id: 99, hostnames: [] }] },
      'applications[0].application_type_id',
      'Cannot find application type 99',
    ],
    [{ applications: [app(90_001), app(90_001)] }, 'applications[1].id', 'there already'],
    [{ categories: [{ id: 4, hostnames: [] }] }, 'categories[0].id', 'Cannot find category 4'],
    [
      { categories: [{ id: 89, hostnames: ['ok.example', '*.a.b'] }] },
      'categories[0].hostnames[1]',
      'write a.b',
    ],
    [{ categories: [{ id: 89, hostnames: ['a..b'] }] }, 'categories[0].hostnames[0]', 'it is no host name'],
    [
      { categories: [{ id: 89, hostnames: ['http://a.b'] }] },
      'categories[0].hostnames[0]',
      'it is no host name',
    ],
    [{ categories: [{ id: '89', hostnames: [] }] }, 'categories[0].id', 'expected'],
    [{ categorys: [] }, '', 'categorys'],
    [7, '', 'expected object'],
  ])('buildCatalog refuses %j at "%s"', (section, field, part) => {
    const result = buildCatalog(section);
    expect(result.problems).toHaveLength(1);
    expect(result.problems[0]?.field).toBe(field);
    expect(result.problems[0]?.message).toContain(part);
    expect(result.catalog.lookup('app.slack.com').applicationIds).toEqual([617]);
  });
});

function app(id: number) {
  return { id, name: 'x', application_type_id: 1, hostnames: [] };
}

describe('buildCatalog with imported lists', () => {
  const lists = new Map([
    [
      'ads.txt',
      new DomainSet({
        below: new Set(['ads.test', 'wired.com']),
        exact: new Set(),
        keywords: ['banner'],
        patterns: [],
      }),
    ],
    [
      'more-ads.txt',
      new DomainSet({
        below: new Set(['x.ads.test']),
        exact: new Set(['www.news.test']),
        keywords: [],
        patterns: [],
      }),
    ],
  ]);
  const { catalog, problems } = buildCatalog(
    {
      categories: [{ id: 90, hostnames: ['news.test', 'fine.ads.test', 'banner.test'] }],
      sources: [
        { category: 66, format: 'domains', path: 'ads.txt' },
        { category: 85, format: 'domains', path: 'more-ads.txt' },
        { category: 85, format: 'domains', path: 'missing.txt' },
      ],
    },
    ({ path }) => lists.get(path),
  );

  test.each([
    ['a.ads.test', [66]],
    ['x.ads.test', [66, 85]],
    ['fine.ads.test', [90]],
    ['below.fine.ads.test', [90]],
    ['banner.elsewhere.test', [66]],
    ['banner.test', [90]],
    ['news.test', [90]],
    ['www.news.test', [90, 85]],
    ['nobody.test', []],
  ])('finds %s in %o: what is written by hand decides alone where no import says more', (hostname, ids) => {
    expect(problems).toEqual([]);
    expect(catalog.lookup(hostname).categoryIds.filter((id) => [66, 85, 90].includes(id))).toEqual(ids);
  });

  test('keeps the built-in category beside an imported one, and adds parents to both', () => {
    const builtIn = buildCatalog().catalog.lookup('wired.com').categoryIds;
    expect(builtIn.length).toBeGreaterThan(0);
    expect(catalog.lookup('wired.com').categoryIds).toEqual(expect.arrayContaining([...builtIn, 66]));
  });

  test.each([
    [
      { category: 99_999, format: 'domains', path: 'a' },
      'sources[0].category',
      /^Cannot find category 99999/,
    ],
    [{ category: 66, format: 'geosite', path: 'a' }, 'sources[0]', /^Cannot leave list out/],
    [{ category: 66, format: 'hosts', path: 'a', list: 'ads' }, 'sources[0].list', /^Cannot use ads/],
    [{ category: 66, format: 'adblock', path: 'a' }, 'sources[0].format', /expected one of/],
    [{ category: 66, format: 'hosts', path: '' }, 'sources[0].path', /./],
  ])('refuses the source %o and reads no file', (source, field, message) => {
    const load = vi.fn();
    const { problems: found } = buildCatalog({ sources: [source] }, load);
    expect(found).toMatchObject([{ field, message: expect.stringMatching(message) }]);
    expect(load).not.toHaveBeenCalled();
  });
});
