import { describe, expect, test } from 'vitest';
import { readBuiltIn } from '../../src/catalog/built-in.ts';
import { APPLICATIONS, CATEGORIES } from '../../src/catalog/gateway-ids.ts';
import { parseHostname } from '../../src/catalog/hostname.ts';

describe.each([
  ['applications', APPLICATIONS, 150],
  ['categories', CATEGORIES, 40],
] as const)('the built-in %s', (kind, known, fewest) => {
  const entries = readBuiltIn(kind);

  test(`the built-in ${kind} are enough to be of use`, () => {
    expect(entries.length).toBeGreaterThanOrEqual(fewest);
    expect(entries.filter(({ hostnames }) => hostnames.length === 0)).toEqual([]);
  });

  test(`the built-in ${kind} have the ids and names of gateway-ids.json, in order`, () => {
    const ids = entries.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort((one, other) => one - other));
    for (const { id, name } of entries) expect(name, `id ${id}`).toBe(known.get(id)?.name);
  });

  test(`the built-in ${kind} have canonical hostnames, each once and in order`, () => {
    for (const { name, hostnames } of entries) {
      expect(hostnames, name).toEqual([...new Set(hostnames)].sort());
      for (const hostname of hostnames) expect(parseHostname(hostname), name).toBe(hostname);
      expect(
        hostnames.filter((hostname) => !hostname.includes('.')),
        name,
      ).toEqual([]);
    }
  });
});

test('every category of gateway-ids.json is part of one that is there, or of none', () => {
  for (const { parentId } of CATEGORIES.values())
    if (parentId !== undefined) expect(CATEGORIES.get(parentId)?.parentId).toBeUndefined();
  expect(CATEGORIES.get(89)?.parentId).toBe(3);
});
