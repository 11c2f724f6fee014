import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RuleSelection } from '../../../src/policy/index/rule-selection.ts';

test('RuleSelection.take gives the rules that were added, each once, lowest first, and begins anew', () => {
  const rules = fc.array(fc.nat({ max: 2999 }), { maxLength: 60 });
  const ascending = (...given: ReadonlyArray<readonly number[]>) =>
    [...new Set(given.flat())].toSorted((one, other) => one - other);
  fc.assert(
    fc.property(rules, rules, rules, fc.nat({ max: 60 }), (always, first, second, taken) => {
      const selection = new RuleSelection(3000);
      for (const rule of always) selection.addAlways(rule);
      const take = (most: number) => {
        const found: number[] = [];
        for (let rule = selection.take(); rule !== -1; rule = selection.take()) {
          found.push(rule);
          if (found.length >= most) break;
        }
        return found;
      };
      selection.begin();
      for (const rule of first) selection.add(rule);
      expect(take(1 + taken)).toEqual(ascending(always, first).slice(0, 1 + taken));
      // What a decision that found its rule early has left behind is gone.
      selection.begin();
      for (const rule of second) selection.add(rule);
      expect(take(Number.POSITIVE_INFINITY)).toEqual(ascending(always, second));
    }),
  );
});
