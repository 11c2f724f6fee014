/** Who is next, when many wait (FL-11). */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MOST_AT_ONCE, QueryTurns } from '../../../src/resolver/service/query-turns.ts';
import { addressBytes } from '../../support/address-text.ts';

const ALICE = addressBytes('10.64.0.2');
const BOB = addressBytes('10.64.0.3');
const CAROL = addressBytes('fd00:64::4');

/** Queries, and those of them that have begun, in order. */
function start() {
  const turns = new QueryTurns();
  const begun: string[] = [];
  const add = (client: Uint8Array, ...queries: string[]) => {
    for (const query of queries) void turns.next(client).then(() => begun.push(query));
  };
  return { begun, add };
}

describe('QueryTurns', () => {
  it('QueryTurns begins one of each client before the second of any (FL-11)', async () => {
    const { begun, add } = start();
    add(ALICE, 'a1', 'a2', 'a3', 'a4');
    add(BOB, 'b1', 'b2');
    add(CAROL, 'c1');
    expect(begun).toEqual([]);
    await nextTurn();
    expect(begun).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4']);
  });

  it('QueryTurns begins few before the event loop goes round, and whoever comes then is soon next (FL-11)', async () => {
    const { begun, add } = start();
    add(ALICE, ...Array.from({ length: 1000 }, (_, index) => `a${index}`));
    await nextTurn();
    expect(begun).toHaveLength(MOST_AT_ONCE);
    add(BOB, 'b1');
    await nextTurn();
    expect(begun.indexOf('b1')).toBeLessThanOrEqual(MOST_AT_ONCE + 1);
    expect(begun).toHaveLength(2 * MOST_AT_ONCE);
    while (begun.length < 1001) await nextTurn();
    expect(begun.at(-1)).toBe('a999');
  });

  it('QueryTurns begins a query at the next turn, also after it had nothing to do', async () => {
    const { begun, add } = start();
    for (const query of ['a1', 'a2']) {
      add(ALICE, query);
      await nextTurn();
      expect(begun.at(-1)).toBe(query);
    }
  });
});
