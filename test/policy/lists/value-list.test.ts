import { describe, expect, test } from 'vitest';
import type { ListObject } from '../../../src/policy/lists/list-object.ts';
import type { ListType } from '../../../src/policy/lists/list-type.ts';
import { compileList } from '../../../src/policy/lists/value-list.ts';
import { parseAddress } from '../../../src/wire/address.ts';
import { evaluate } from '../evaluate.ts';

const ID = '01302951-49f9-47c9-a400-0297e60b6a10';

function list(type: ListType, items: ListObject['items'], name = 'Partner sites'): ListObject {
  return { id: ID, name, type, items };
}

describe('a list is called by', () => {
  const lists = [list('DOMAIN', ['example.com'])];
  const context = { 'net.fqdn.domains': ['a.example.com', 'example.com'] };
  const rows = [
    ['01302951-49f9-47c9-a400-0297e60b6a10', true],
    ['0130295149f947c9a4000297e60b6a10', true],
    ['01302951-49F9-47C9-A400-0297E60B6A10', true],
    ['Partner_sites', true],
    ['partner_sites', true],
    ['other', 'unknown list "other"'],
    ['', 'invalid list name ")"'],
    ['<LIST_UUID>', 'invalid list name "<"'],
  ] as const;
  for (const [reference, expected] of rows) {
    test(`$${reference}`, () => {
      expect(evaluate(`any(net.fqdn.domains[*] in $${reference})`, { context, lists })).toBe(expected);
    });
  }

  test('a name that two lists have is refused, their ids are not', () => {
    const twins = [list('DOMAIN', ['a.test']), { ...list('DOMAIN', ['b.test']), id: '2' }];
    expect(evaluate('net.fqdn.host in $partner_sites', { lists: twins })).toBe(
      'list name "partner_sites" is not unique: use the list\'s id',
    );
    expect(evaluate('net.fqdn.host in $2', { lists: twins, context: { 'net.fqdn.host': 'b.test' } })).toBe(
      true,
    );
  });
});

describe('compileList by type', () => {
  const rows: ReadonlyArray<
    readonly [string, ListType, ListObject['items'], Record<string, unknown>, boolean]
  > = [
    ['net.fqdn.host', 'DOMAIN', ['Example.COM.'], { 'net.fqdn.host': 'example.com' }, true],
    ['net.fqdn.host', 'DOMAIN', ['example.com'], { 'net.fqdn.host': 'a.example.com' }, false],
    ['net.fqdn.host', 'DOMAIN', ['bücher.example'], { 'net.fqdn.host': 'xn--bcher-kva.example' }, true],
    ['net.fqdn.host', 'DOMAIN', [], { 'net.fqdn.host': 'a' }, false],
    ['net.fqdn.host', 'DOMAIN', ['a'], {}, false],
    ['net.dst.ip', 'IP', ['10.0.0.0/8', '2001:db8::/32'], { 'net.dst.ip': ['2001:db8::9'] }, true],
    ['net.dst.ip', 'IP', ['192.0.2.1'], { 'net.dst.ip': ['192.0.2.2'] }, false],
    ['net.src.internal_src_ip', 'IP', [' 192.0.2.1 '], { 'net.src.internal_src_ip': '192.0.2.1' }, true],
    ['identity.email', 'EMAIL', ['Alice@Acme.test'], { 'identity.email': 'alice@acme.TEST' }, true],
    [
      'net.fqdn.content_category',
      'CATEGORY',
      [{ value: 89 }, '3'],
      { 'net.fqdn.content_category': [3] },
      true,
    ],
    ['net.src.geo.country', 'LOCATION', ['DE'], { 'net.src.geo.country': 'DE' }, true],
    ['net.src.geo.continent', 'LOCATION', ['Europe'], { 'net.src.geo.continent': 'EU' }, true],
  ];
  for (const [field, type, items, context, expected] of rows) {
    test(`${field} in ${type} ${JSON.stringify(items)} with ${JSON.stringify(context)}`, () => {
      expect(evaluate(`${field} in $${ID}`, { context, lists: [list(type, items)] })).toBe(expected);
      expect(evaluate(`not(${field} in $${ID})`, { context, lists: [list(type, items)] })).toBe(!expected);
    });
  }

  test('a list of another type is refused', () => {
    const lists = [list('DOMAIN', ['a.test'])];
    expect(evaluate(`net.dst.ip in $${ID}`, { lists })).toBe(
      'list "Partner sites" is of type DOMAIN: expected IP',
    );
    expect(evaluate(`net.dst.port in $${ID}`, { lists })).toBe('cannot perform this operation on type Int');
  });
});

test('compileList tells which entries it cannot use and keeps the others', () => {
  const rows: ReadonlyArray<readonly [ListType, string[]]> = [
    ['DOMAIN', ['*.a.test', 'a..test', '.a.test', 'a b', 'http://a.test', '']],
    ['IP', ['10.0.0.1/8', '1.2.3', '::g', '']],
    ['CATEGORY', ['x', '-1', '']],
    ['EMAIL', ['']],
  ];
  for (const [type, bad] of rows) {
    const { problems } = compileList(list(type, bad));
    expect(problems.map(({ item }) => item)).toEqual(bad.map((_, item) => item));
  }
});

test('compileList takes 100,000 entries, and finding one does not walk them', () => {
  const items = Array.from(
    { length: 100_000 },
    (_, n) => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`,
  );
  const { list: compiled, problems } = compileList(list('IP', items));
  expect(problems).toEqual([]);
  const inside = parseAddress('10.1.134.159');
  const outside = parseAddress('10.1.134.160');
  if (compiled.scalar !== 'Ip' || !inside || !outside) throw new TypeError('Expected a list of addresses');
  const start = performance.now();
  for (let round = 0; round < 1000; round++) {
    expect(compiled.has(inside)).toBe(true);
    expect(compiled.has(outside)).toBe(false);
  }
  expect(performance.now() - start).toBeLessThan(1000);
});
