/**
 * The time of one decision by 1,000 mixed rules (bench/policy/rule-mix.ts) and 100,000 list entries, against the plain
 * first-match loop over the same rules; and how it grows from 100 rules to 5,000.
 */

import { Facts } from '../src/policy/evaluation/facts.ts';
import { gatewayScheme } from '../src/policy/language/gateway-scheme.ts';
import { compileRules } from '../src/policy/rules/compile-rules.ts';
import type { CompiledRule } from '../src/policy/rules/rule.ts';
import { Draw } from '../test/support/draw.ts';
import { makeFacts } from './policy/fact-mix.ts';
import { listObjects, makeLists } from './policy/list-mix.ts';
import { makeRules } from './policy/rule-mix.ts';
import { type BenchReport, makeReport, measureRounds, percentile, type Round } from './report.ts';

const SEED = 20_250_714;
const SMALL = 100;
const USUAL = 1_000;
const LARGE = 5_000;
/** Different connections for each policy. */
const CONNECTIONS = 4_000;
/** All of them, again and again, for so long at least. */
const MEASURE_MS = 400;

type Decide = (facts: Facts) => CompiledRule | undefined;

interface Candidate {
  readonly decide: Decide;
  /** The plain loop that `decide` must agree with. */
  readonly loop: Decide;
  readonly facts: readonly Facts[];
}

export async function benchPolicy(rounds: number): Promise<BenchReport> {
  const candidates = new Map([SMALL, USUAL, LARGE].map((count) => [count, makeCandidate(count)]));
  for (const candidate of candidates.values()) assertEqualToLoop(candidate);
  const measure = (count: number, which: 'decide' | 'loop'): Timing => {
    const candidate = candidates.get(count);
    if (candidate === undefined)
      throw new RangeError(`Cannot measure ${count} rules: there is no such policy`);
    return timeDecisions(candidate[which], candidate.facts);
  };
  const measured = await measureRounds(rounds, () => measureRound(measure));
  const command = `RuleSet.decide, ${USUAL} rules against a first-match loop; growth: ${LARGE} rules against ${SMALL}`;
  return makeReport('policy', command, measured);
}

/** Seconds. */
interface Timing {
  readonly p50: number;
  readonly p99: number;
}

function measureRound(measure: (count: number, which: 'decide' | 'loop') => Timing): Round {
  const loop = measure(USUAL, 'loop');
  const decide = measure(USUAL, 'decide');
  const small = measure(SMALL, 'decide');
  const large = measure(LARGE, 'decide');
  return {
    decision_p50: { unit: 's', reference: loop.p50, syngate: decide.p50 },
    decision_p99: { unit: 's', reference: loop.p99, syngate: decide.p99 },
    growth_p50: { unit: 's', reference: small.p50, syngate: large.p50 },
    growth_p99: { unit: 's', reference: small.p99, syngate: large.p99 },
  };
}

function makeCandidate(count: number): Candidate {
  const draw = new Draw(SEED);
  const lists = makeLists(draw);
  const rules = makeRules(draw, lists, count);
  const { ruleSet, problems } = compileRules(
    rules.map(({ rule }) => rule),
    listObjects(lists),
  );
  const errors = problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  if (errors.length > 0)
    throw new Error(`Cannot compile the benchmark's policy: ${errors.slice(0, 3).join('; ')}`);
  const enabled = ruleSet.rules.filter((rule) => rule.enabled);
  return {
    decide: (facts) => ruleSet.decide(facts),
    loop: (facts) => enabled.find((rule) => rule.matches(facts)),
    facts: makeFacts(draw, rules, lists, CONNECTIONS),
  };
}

/** A fast wrong answer is none. Also the warm-up. */
function assertEqualToLoop({ decide, loop, facts }: Candidate): void {
  for (const one of facts) {
    const [found, wanted] = [decide(one)?.name, loop(one)?.name];
    if (found !== wanted)
      throw new Error(`Cannot trust the figures: decide finds '${found}', the loop '${wanted}'`);
  }
}

/** Each decision timed by itself, on one refilled object as the gatekeeper has it, so that nothing can be kept by object. */
function timeDecisions(decide: Decide, prepared: readonly Facts[]): Timing {
  const facts = new Facts(gatewayScheme);
  const seconds: number[] = [];
  const end = performance.now() + MEASURE_MS;
  do {
    for (const one of prepared) {
      facts.clear();
      facts.merge(one);
      const began = performance.now();
      decide(facts);
      seconds.push((performance.now() - began) / 1000);
    }
  } while (performance.now() < end);
  return { p50: percentile(seconds, 0.5), p99: percentile(seconds, 0.99) };
}
