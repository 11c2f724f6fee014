import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Signature, SignatureTests } from '../../../src/policy/index/signature.ts';

const SECTIONS = 3;
const thing = fc.record({ section: fc.nat({ max: SECTIONS - 1 }), hash: fc.integer() });
const ruleTest = fc.record({
  section: fc.nat({ max: SECTIONS - 1 }),
  hashes: fc.array(fc.integer(), { minLength: 1, maxLength: 3 }),
});

test('SignatureTests.pass lets every rule through whose values were seen', () => {
  fc.assert(
    fc.property(fc.array(fc.array(ruleTest, { maxLength: 3 })), fc.array(thing), (rules, others) => {
      const tests = new SignatureTests(rules);
      const signature = new Signature(SECTIONS);
      for (const [rule, own] of rules.entries()) {
        signature.clear();
        for (const { section, hash } of others) signature.add(section, hash);
        for (const { section, hashes } of own) signature.add(section, hashes.at(-1) ?? 0);
        expect(tests.pass(rule, signature)).toBe(true);
      }
    }),
  );
});

test('SignatureTests.pass refuses nearly every rule of which one value is missing', () => {
  const signature = new Signature(SECTIONS);
  const tests = new SignatureTests(
    Array.from({ length: 1000 }, (_, rule) => [
      { section: 0, hashes: [7] },
      { section: 1, hashes: [Math.imul(rule + 1, 0x9e3779b1)] },
    ]),
  );
  signature.add(0, 7);
  for (const hash of [1, 2]) signature.add(1, Math.imul(hash, 0x85ebca6b));
  const passing = Array.from({ length: 1000 }, (_, rule) => rule).filter((rule) =>
    tests.pass(rule, signature),
  );
  expect(passing.length).toBeLessThan(100);
  signature.clear();
  expect(tests.pass(0, signature)).toBe(false);
});
