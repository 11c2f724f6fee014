import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { completeRules } from '../../../src/gateway/policy/complete-rules.ts';

const rule = (name: string, given: { id?: string; precedence?: number } = {}) => ({
  name,
  action: 'egress' as const,
  enabled: true,
  filters: [],
  ...given,
});
const idsOf = (...names: string[]) => completeRules(names.map((name) => rule(name))).map(({ id }) => id);

describe('completeRules', () => {
  test('makes an id that is a UUID and the same at every start', () => {
    const [id = ''] = idsOf('bank');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(idsOf('bank')).toEqual([id]);
    expect(idsOf('shop', 'bank')[1]).toBe(id);
    expect(idsOf('Bank')).not.toEqual([id]);
  });

  test('tells rules of one name apart, and keeps the id of the first', () => {
    const [first, second, third] = idsOf('bank', 'bank', 'bank');
    expect(new Set([first, second, third]).size).toBe(3);
    expect(idsOf('bank')).toEqual([first]);
    expect(idsOf('other', 'bank', 'bank').slice(1)).toEqual([first, second]);
  });

  test('leaves ids and precedences that are given', () => {
    expect(completeRules([rule('bank', { id: 'mine', precedence: 5 })])).toMatchObject([
      { id: 'mine', precedence: 5 },
    ]);
  });

  test('numbers the others after all that are given, in the order of the file', () => {
    const rules = [rule('a'), rule('b', { precedence: 4000 }), rule('c'), rule('d', { precedence: 10 })];
    expect(completeRules(rules).map(({ precedence }) => precedence)).toEqual([5000, 4000, 6000, 10]);
  });

  test('gives no two rules one id or a precedence of their own making that another has', () => {
    const names = fc.array(fc.constantFrom('a', 'b', 'a\n1', 'c'), { maxLength: 12 });
    fc.assert(
      fc.property(names, fc.array(fc.integer({ min: 0, max: 9000 }), { maxLength: 4 }), (texts, given) => {
        const distinct = [...new Set(given)].map((precedence, index) =>
          rule(`given ${index}`, { precedence }),
        );
        const completed = completeRules([...distinct, ...texts.map((name) => rule(name))]);
        expect(new Set(completed.map(({ precedence }) => precedence)).size).toBe(completed.length);
        const sameName = completed.filter(({ name }) => name === 'a').map(({ id }) => id);
        expect(new Set(sameName).size).toBe(sameName.length);
      }),
    );
  });
});
