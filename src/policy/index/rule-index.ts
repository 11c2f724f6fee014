/**
 * Inverted index: each rule is filed under its most selective necessary condition (a name, a list, a user, a prefix), so
 * that only rules whose condition the facts meet are selected. A Bloom-like signature of the facts then rejects most
 * selected rules with another unmet condition, before their expressions are evaluated.
 */
import type { Steps } from '../../time/steps.ts';
import type { Facts } from '../evaluation/facts.ts';
import type { Predicate } from '../evaluation/predicate.ts';
import type { Expression } from '../language/ast.ts';
import type { ListMembership } from '../lists/list-membership.ts';
import { findNeed } from './find-need.ts';
import type { Findings } from './findings.ts';
import { KeyCounts } from './key-counts.ts';
import { every, type Need } from './need.ts';
import { type PlaceIndex, PlaceIndexBuilder, SIGHTS } from './place-index.ts';
import { nameOfPlace, type RuleKey } from './rule-key.ts';
import { RuleSelection } from './rule-selection.ts';
import { type PlaceSearch, searchPlace } from './search-place.ts';
import { Signature, type SignatureTest, SignatureTests } from './signature.ts';

/** What the index needs of a rule. */
export interface IndexedRule {
  /** Each must hold for the rule to match. */
  readonly parts: ReadonlyArray<{ readonly expression: Expression }>;
  readonly matches: Predicate;
}

export class RuleIndex<Rule extends IndexedRule> {
  readonly #rules: readonly Rule[];
  /** The rules' predicates, side by side in memory. */
  readonly #predicates: readonly Predicate[];
  readonly #findings: Findings;
  readonly #searches: readonly PlaceSearch[];
  readonly #tests: SignatureTests;

  /** Builds the index; `rules` are the enabled ones, lowest precedence first. */
  static *inSteps<Rule extends IndexedRule>(
    rules: readonly Rule[],
    membership: ListMembership,
  ): Steps<RuleIndex<Rule>> {
    const selection = new RuleSelection(rules.length);
    const filing = new RuleFiling(selection, membership);
    const counts = new KeyCounts();
    const needs: (Need<RuleKey> | undefined)[] = [];
    for (const { parts } of rules) {
      const need = every(parts.map(({ expression }) => findNeed(expression)));
      if (need !== undefined) counts.count(need);
      needs.push(need);
      yield;
    }
    const tests: (readonly SignatureTest[])[] = [];
    for (const [rule, need] of needs.entries()) {
      tests.push(filing.file(rule, rankChoices(need, counts)));
      yield;
    }
    return new RuleIndex(rules, selection, yield* filing.build(), new SignatureTests(tests));
  }

  private constructor(
    rules: readonly Rule[],
    selection: RuleSelection,
    places: readonly PlaceIndex[],
    tests: SignatureTests,
  ) {
    this.#rules = rules;
    this.#predicates = rules.map(({ matches }) => matches);
    this.#tests = tests;
    this.#findings = { rules: selection, signature: new Signature(SIGHTS * places.length) };
    this.#searches = places.map((place) => searchPlace(place, this.#findings));
  }

  /** The first rule that matches, as if all had been tried in their order. */
  decide(facts: Facts): Rule | undefined {
    const { rules, signature } = this.#findings;
    rules.begin();
    signature.clear();
    for (const place of this.#searches) place.search(facts);
    for (let number = rules.take(); number !== -1; number = rules.take()) {
      if (this.#tests.pass(number, signature) && this.#predicates[number]?.(facts))
        return this.#rules[number];
    }
    return undefined;
  }
}

/** Tests per rule: a few reject nearly as much as all the grams of a long text would. */
const MOST_TESTS = 6;

class RuleFiling {
  readonly #places = new Map<string, PlaceIndexBuilder>();
  readonly #selection: RuleSelection;
  readonly #membership: ListMembership;

  constructor(selection: RuleSelection, membership: ListMembership) {
    this.#selection = selection;
    this.#membership = membership;
  }

  /** Files the rule under the first of its conditions; returns tests of the signature for the others. */
  file(rule: number, [first, ...others]: readonly Choice[]): readonly SignatureTest[] {
    if (first === undefined) this.#selection.addAlways(rule);
    for (const key of first?.keys ?? []) this.#placeOf(key).add(key, rule);
    const tests = others.flatMap(({ keys }) => this.#testFor(keys) ?? []);
    return tests.slice(0, MOST_TESTS);
  }

  *build(): Steps<readonly PlaceIndex[]> {
    const places: PlaceIndex[] = [];
    for (const place of this.#places.values()) places.push(yield* place.build());
    return places;
  }

  /** A test for any of the keys, if all are of one place. */
  #testFor(keys: readonly RuleKey[]): SignatureTest | undefined {
    const [place, ...others] = new Set(keys.map((key) => this.#placeOf(key)));
    return others.length === 0 ? place?.testFor(keys) : undefined;
  }

  #placeOf({ place }: RuleKey): PlaceIndexBuilder {
    const name = nameOfPlace(place);
    const known = this.#places.get(name) ?? new PlaceIndexBuilder(place, this.#places.size, this.#membership);
    this.#places.set(name, known);
    return known;
  }
}

interface Choice {
  readonly keys: readonly RuleKey[];
  readonly likelihood: number;
}

/** The rule's necessary conditions, the least likely first. */
function rankChoices(need: Need<RuleKey> | undefined, counts: KeyCounts): readonly Choice[] {
  if (need === undefined) return [];
  const parts = need.kind === 'every' ? need.parts : [need];
  return parts.map((part) => choose(part, counts)).sort((one, other) => one.likelihood - other.likelihood);
}

/** The most selective set of keys of which the facts must have at least one. */
function choose(need: Need<RuleKey>, counts: KeyCounts): Choice {
  if (need.kind === 'key') return { keys: [need.key], likelihood: counts.likelihoodOf(need.key) };
  const choices = need.parts.map((part) => choose(part, counts));
  if (need.kind === 'every') {
    return choices.reduce((best, choice) => (choice.likelihood < best.likelihood ? choice : best));
  }
  return {
    keys: choices.flatMap(({ keys }) => keys),
    likelihood: choices.reduce((sum, { likelihood }) => sum + likelihood, 0),
  };
}
