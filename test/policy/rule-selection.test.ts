import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RuleSelection } from '../../src/policy/rule-selection.ts';

test('RuleSelection.take gives the rules that have both marks, lowest first, and begins anew', () => {
  const rules = fc.array(fc.nat({ max: 99 }), { maxLength: 60 });
  fc.assert(
    fc.property(rules, rules, rules, rules, (alwaysFirst, alwaysSecond, firsts, seconds) => {
      const selection = new RuleSelection(100);
      for (const rule of alwaysFirst) selection.addAlways(rule);
      for (const rule of alwaysSecond) selection.addAlways(selection.secondMark(rule));
      const takeAll = () => {
        const taken: number[] = [];
        for (let rule = selection.take(); rule !== -1; rule = selection.take()) taken.push(rule);
        return taken;
      };
      const both = (one: ReadonlySet<number>, other: ReadonlySet<number>) =>
        [...one].filter((rule) => other.has(rule)).toSorted((a, b) => a - b);
      selection.begin();
      for (const rule of firsts) selection.add(rule);
      for (const rule of seconds) selection.add(selection.secondMark(rule));
      expect(takeAll()).toEqual(
        both(new Set([...alwaysFirst, ...firsts]), new Set([...alwaysSecond, ...seconds])),
      );
      selection.begin();
      expect(takeAll()).toEqual(both(new Set(alwaysFirst), new Set(alwaysSecond)));
    }),
  );
});
