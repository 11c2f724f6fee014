import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HashIndex } from '../../src/nat/hash-index.ts';

const CAPACITY = 16;

/** An index whose entries are hashed again as a table's records would be. */
class HashedIds {
  readonly index: HashIndex;
  /** Id to hash. */
  readonly model = new Map<number, number>();

  constructor(capacity: number) {
    this.index = new HashIndex(capacity, (id) => this.model.get(id) ?? 0);
  }

  add(hash: number, id: number): void {
    this.model.set(id, hash);
    this.index.add(hash, id);
  }

  remove(hash: number, id: number): void {
    this.index.remove(hash, id);
    this.model.delete(id);
  }

  replace(hash: number, id: number, by: number): void {
    this.index.replace(hash, id, by);
    this.model.delete(id);
    this.model.set(by, hash);
  }

  /** Every id found under a hash, in order of size; others that are found with them are not of this hash. */
  idsOf(hash: number): number[] {
    const ids: number[] = [];
    for (let place = this.index.first(hash); place !== -1; place = this.index.next(hash, place))
      ids.push(this.index.idAt(place));
    return ids.filter((id) => this.model.get(id) === hash).sort((one, other) => one - other);
  }
}

describe('HashIndex', () => {
  test('finds nothing when empty', () => {
    expect(new HashedIds(0).idsOf(0)).toEqual([]);
  });

  test('tells apart hashes that share a place, and holds several ids of one hash', () => {
    const ids = new HashedIds(8);
    ids.add(5, 0);
    ids.add(5 + 16, 1);
    ids.add(5, 2);
    expect([ids.idsOf(5), ids.idsOf(21), ids.idsOf(37)]).toEqual([[0, 2], [1], []]);
    expect(ids.index.first(37)).toBe(-1);
  });

  test('takes negative hashes', () => {
    const ids = new HashedIds(8);
    ids.add(-1, 7);
    ids.add(-0x8000_0000, 6);
    expect([ids.idsOf(-1), ids.idsOf(-0x8000_0000)]).toEqual([[7], [6]]);
    ids.remove(-1, 7);
    expect([ids.idsOf(-1), ids.idsOf(-0x8000_0000)]).toEqual([[], [6]]);
  });

  test('ignores the removal and the replacement of what is not there', () => {
    const ids = new HashedIds(8);
    ids.add(1, 3);
    ids.index.remove(1, 4);
    ids.index.remove(2, 3);
    ids.index.replace(2, 3, 5);
    expect(ids.idsOf(1)).toEqual([3]);
  });

  test.each([1, 7, 8, 9, 255, 256, 262_144, 1_000_000])('keeps the highest of %i ids', (capacity) => {
    const ids = new HashedIds(capacity);
    for (const hash of [0, -1, 0x7fff_ffff, -0x8000_0000]) {
      ids.add(hash, capacity - 1);
      expect(ids.idsOf(hash)).toEqual([capacity - 1]);
      ids.remove(hash, capacity - 1);
      expect(ids.idsOf(hash)).toEqual([]);
    }
  });

  /** Hashes that pile up around the end of the array, where it wraps. */
  const hash = fc.oneof(
    fc.constantFrom(0, 1, 30, 31, 62, 63, 31 + 64, -1, -33, -0x8000_0000 + 31),
    fc.integer(),
  );
  const step = fc.record({
    do: fc.constantFrom('add' as const, 'remove' as const, 'replace' as const),
    hash,
    pick: fc.nat(1000),
  });

  test('agrees with a map under adds, removals and replacements with colliding hashes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const ids = new HashedIds(CAPACITY);
        const { model } = ids;
        const hashes = new Set<number>();
        for (const action of steps) {
          const free = Array.from({ length: CAPACITY }, (_, id) => id).filter((id) => !model.has(id));
          const [id, held] = [...model][action.pick % Math.max(model.size, 1)] ?? [-1, -1];
          const fresh = free[action.pick % Math.max(free.length, 1)] ?? -1;
          if (action.do === 'add' && fresh !== -1) {
            ids.add(action.hash, fresh);
            hashes.add(action.hash);
          } else if (action.do === 'remove' && id !== -1) {
            ids.remove(held, id);
          } else if (action.do === 'replace' && id !== -1 && fresh !== -1) {
            ids.replace(held, id, fresh);
          }
          for (const known of hashes) {
            const expected = [...model].filter(([, of]) => of === known).map(([one]) => one);
            expect(ids.idsOf(known)).toEqual(expected.sort((one, other) => one - other));
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
