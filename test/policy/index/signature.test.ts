import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Signature, SignatureTests } from '../../../src/policy/index/signature.ts';

const SIGHTS = 3;
const thing = fc.record({ sight: fc.nat({ max: SIGHTS - 1 }), hash: fc.integer() });
const ruleTest = fc.record({
  sight: fc.nat({ max: SIGHTS - 1 }),
  hashes: fc.array(fc.integer(), { minLength: 1, maxLength: 3 }),
});

test('SignatureTests.pass lets every rule through whose values were seen', () => {
  fc.assert(
    fc.property(fc.array(fc.array(ruleTest, { maxLength: 3 })), fc.array(thing), (rules, others) => {
      const tests = new SignatureTests(rules);
      const signature = new Signature(SIGHTS);
      for (const [rule, own] of rules.entries()) {
        signature.clear();
        for (const { sight, hash } of others) signature.see(sight, hash);
        for (const { sight, hashes } of own) signature.see(sight, hashes.at(-1) ?? 0);
        expect(tests.pass(rule, signature)).toBe(true);
      }
    }),
  );
});

test('SignatureTests.pass refuses nearly every rule of which one value is missing', () => {
  const signature = new Signature(SIGHTS);
  const tests = new SignatureTests(
    Array.from({ length: 1000 }, (_, rule) => [
      { sight: 0, hashes: [7] },
      { sight: 1, hashes: [Math.imul(rule + 1, 0x9e3779b1)] },
    ]),
  );
  signature.see(0, 7);
  for (const hash of [1, 2]) signature.see(1, Math.imul(hash, 0x85ebca6b));
  const passing = Array.from({ length: 1000 }, (_, rule) => rule).filter((rule) =>
    tests.pass(rule, signature),
  );
  expect(passing.length).toBeLessThan(100);
  signature.clear();
  expect(tests.pass(0, signature)).toBe(false);
});
