import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashText } from '../../../src/policy/lookup/hash.ts';
import { PostingMapBuilder } from '../../../src/policy/lookup/posting-map.ts';

test('PostingMap.find has every owner of a hash, and none of another, while it grows', () => {
  const entries = fc.array(fc.tuple(fc.integer({ min: -40, max: 40 }), fc.nat({ max: 5 })), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(entries, fc.nat({ max: 100 }), (given, expected) => {
      const builder = new PostingMapBuilder(expected);
      const owners = new Map<number, Set<number>>();
      for (const [hash, owner] of given) {
        builder.add(hash, owner);
        owners.set(hash, (owners.get(hash) ?? new Set()).add(owner));
      }
      const index = builder.build();
      for (let hash = -41; hash <= 41; hash++) {
        const found = new Set<number>();
        index.find(hash, { add: (owner) => found.add(owner) });
        expect(found).toEqual(owners.get(hash) ?? new Set());
      }
    }),
  );
});

test('hashText spreads names: of 100,000 hardly any two are alike, nor their low bits', () => {
  const hashes = Array.from({ length: 100_000 }, (_, number) => hashText(`host${number}.example.com`));
  expect(new Set(hashes).size).toBeGreaterThan(99_980);
  expect(new Set(hashes.map((hash) => hash & 0xffff)).size).toBeGreaterThan(50_000);
});
