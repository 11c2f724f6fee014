import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countEdits } from '../../src/report/count-edits.ts';

test.each([
  ['', '', 0],
  ['abc', 'abc', 0],
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
  ['interfcae', 'interface', 2],
])('countEdits from %j to %j is %i', (from, to, edits) => {
  expect(countEdits(from, to)).toBe(edits);
});

test('countEdits is the same both ways, and no more than the longer word has letters', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (one, other) => {
      const edits = countEdits(one, other);
      expect(countEdits(other, one)).toBe(edits);
      expect(edits).toBeLessThanOrEqual(Math.max(one.length, other.length));
      expect(edits === 0).toBe(one === other);
    }),
  );
});
