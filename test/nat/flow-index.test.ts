import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FlowIndex } from '../../src/nat/flow-index.ts';

const CAPACITY = 16;

/** Every id found under a hash, in order of size. */
function idsOf(index: FlowIndex, hash: number): number[] {
  const ids: number[] = [];
  for (let place = index.first(hash); place !== -1; place = index.next(hash, place))
    ids.push(index.idAt(place));
  return ids.sort((one, other) => one - other);
}

describe('FlowIndex', () => {
  test('finds nothing when empty', () => {
    expect(idsOf(new FlowIndex(0), 0)).toEqual([]);
  });

  test('tells apart hashes that share a place, and holds several ids of one hash', () => {
    const index = new FlowIndex(8);
    index.add(5, 0);
    index.add(5 + 16, 1);
    index.add(5, 2);
    expect([idsOf(index, 5), idsOf(index, 21), idsOf(index, 37)]).toEqual([[0, 2], [1], []]);
  });

  test('takes negative hashes', () => {
    const index = new FlowIndex(8);
    index.add(-1, 7);
    index.add(-0x8000_0000, 6);
    expect([idsOf(index, -1), idsOf(index, -0x8000_0000)]).toEqual([[7], [6]]);
    index.remove(-1, 7);
    expect([idsOf(index, -1), idsOf(index, -0x8000_0000)]).toEqual([[], [6]]);
  });

  test('ignores the removal and the replacement of what is not there', () => {
    const index = new FlowIndex(8);
    index.add(1, 3);
    index.remove(1, 4);
    index.remove(2, 3);
    index.replace(2, 3, 5);
    expect(idsOf(index, 1)).toEqual([3]);
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
        const index = new FlowIndex(CAPACITY);
        const model = new Map<number, number>(); // id → hash
        const hashes = new Set<number>();
        for (const action of steps) {
          const free = Array.from({ length: CAPACITY }, (_, id) => id).filter((id) => !model.has(id));
          const [id, held] = [...model][action.pick % Math.max(model.size, 1)] ?? [-1, -1];
          const fresh = free[action.pick % Math.max(free.length, 1)] ?? -1;
          if (action.do === 'add' && fresh !== -1) {
            index.add(action.hash, fresh);
            model.set(fresh, action.hash);
            hashes.add(action.hash);
          } else if (action.do === 'remove' && id !== -1) {
            index.remove(held, id);
            model.delete(id);
          } else if (action.do === 'replace' && id !== -1 && fresh !== -1) {
            index.replace(held, id, fresh);
            model.delete(id);
            model.set(fresh, held);
          }
          for (const known of hashes) {
            const expected = [...model].filter(([, of]) => of === known).map(([one]) => one);
            expect(idsOf(index, known)).toEqual(expected.sort((one, other) => one - other));
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
