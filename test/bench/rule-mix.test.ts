import { describe, expect, it } from 'vitest';
import { makeFacts } from '../../bench/policy/fact-mix.ts';
import { listObjects, makeLists } from '../../bench/policy/list-mix.ts';
import { makeRules } from '../../bench/policy/rule-mix.ts';
import { loadFacts } from '../../src/policy/evaluation/load-facts.ts';
import { gatewayScheme } from '../../src/policy/language/gateway-scheme.ts';
import { compileRules } from '../../src/policy/rules/compile-rules.ts';
import { Draw } from '../support/draw.ts';

const SEED = 7;

function makePolicy(count: number) {
  const draw = new Draw(SEED);
  const lists = makeLists(draw);
  return { draw, lists, rules: makeRules(draw, lists, count) };
}

describe('makeRules()', () => {
  const { draw, lists, rules } = makePolicy(200);
  const { ruleSet, problems } = compileRules(
    rules.map(({ rule }) => rule),
    listObjects(lists),
  );

  it('makeRules() makes the same rules for the same seed', () => {
    expect(makePolicy(200).rules).toEqual(rules);
  });

  it('makeRules() makes rules without errors', () => {
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(ruleSet.rules).toHaveLength(200);
  });

  it('makeRules() aims each rule at connections for which it holds', () => {
    const missed = rules.filter(({ rule, aim }) => {
      const labels = String(aim['net.fqdn.host'] ?? 'nobody.example').split('.');
      const domains = labels.map((_, index) => labels.slice(index).join('.'));
      const { facts } = loadFacts({ ...aim, 'net.fqdn.domains': domains }, gatewayScheme);
      return ruleSet.rules.find(({ name }) => name === rule.name)?.matches(facts) !== true;
    });
    expect(missed).toEqual([]);
  });

  it('makeFacts() makes connections of which about half meet a rule', () => {
    const facts = makeFacts(draw, rules, lists, 1000);
    const met = facts.filter((one) => ruleSet.decide(one) !== undefined).length;
    expect(met).toBeGreaterThan(300);
    expect(met).toBeLessThan(700);
  });
});

it('makeLists() makes 100,000 entries', () => {
  const { lists } = makePolicy(1);
  expect(lists.reduce((sum, { items }) => sum + items.length, 0)).toBe(100_000);
});
