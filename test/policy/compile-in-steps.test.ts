/**
 * That compiling leaves room for others (FL-28): what one step does must not grow with the policy. Counted are looks at
 * rules and entries, not milliseconds.
 */
import { describe, expect, test } from 'vitest';
import type { ListObject } from '../../src/policy/lists/list-object.ts';
import { compileRulesInSteps } from '../../src/policy/rules/compile-rules.ts';
import type { RuleObject } from '../../src/policy/rules/rule-object.ts';
import { STEP_SIZE } from '../../src/time/steps.ts';

interface Watched {
  readonly rules?: readonly RuleObject[];
  readonly lists?: readonly ListObject[];
  /** How often something of the policy has been looked at. */
  readonly looks: () => number;
}

/** Steps, and the most looks in one of them. */
function compile({ rules = [], lists = [], looks }: Watched): { steps: number; most: number } {
  const running = compileRulesInSteps(rules, lists);
  let [steps, most, before] = [0, 0, looks()];
  for (;;) {
    const { done, value } = running.next();
    most = Math.max(most, looks() - before);
    before = looks();
    steps++;
    if (done !== true) continue;
    expect(value.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    return { steps, most };
  }
}

function watchList(type: 'DOMAIN' | 'IP', values: readonly string[]): Watched {
  let count = 0;
  const items = values.map((text) => ({
    get value() {
      count++;
      return text;
    },
  }));
  return { lists: [{ id: 'list', name: 'list', type, items }], looks: () => count };
}

/** Rules that have next to everything a rule can ask for. */
function watchRules(length: number): Watched {
  let count = 0;
  const rules = Array.from(
    { length },
    (_, index): RuleObject => ({
      name: `rule ${index}`,
      precedence: index,
      enabled: true,
      action: 'egress',
      filters: ['egress'],
      get traffic() {
        count++;
        return `net.fqdn.host in {"a${index}.test" "b${index}.test"} or net.dst.ip[0] in {10.0.${index & 255}.0/24} or net.fqdn.host matches "host${index}"`;
      },
      identity: `any(identity.groups[*].name == "group ${index % 7}") and net.dst.port in {${index}..${index + 9}}`,
    }),
  );
  return { rules, looks: () => count };
}

describe('compileRulesInSteps looks at', () => {
  test('no more than STEP_SIZE entries of a list in one step', () => {
    // Each entry is looked at by the check of its shape and by the compiler.
    const names = watchList(
      'DOMAIN',
      Array.from({ length: 20_000 }, (_, n) => `host${n}.example.com`),
    );
    expect(compile(names).most).toBeLessThanOrEqual(2 * STEP_SIZE);
    const addresses = Array.from({ length: 20_000 }, (_, n) => `10.${n & 127}.${(n >> 7) & 255}.0/24`);
    expect(compile(watchList('IP', addresses)).most).toBeLessThanOrEqual(2 * STEP_SIZE);
  });

  test('no more than a rule in one step', () => {
    const few = compile(watchRules(50));
    const many = compile(watchRules(1000));
    expect(many.most).toBe(few.most);
    expect(many.steps).toBeGreaterThan(15 * few.steps);
  });
});
