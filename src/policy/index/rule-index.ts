/**
 * Inverted index: each rule is filed under its most selective necessary condition (a name, a list, a user, a prefix), so
 * that only rules whose condition the facts meet become candidates. A Bloom-filter-like signature of the facts then rejects
 * most candidates with another unmet condition before their expressions are evaluated.
 */
import type { Steps } from '../../time/steps.ts';
import type { Facts } from '../evaluation/facts.ts';
import type { Predicate } from '../evaluation/predicate.ts';
import type { Expression } from '../language/ast.ts';
import type { ListMembership } from '../lists/list-membership.ts';
import { findNeed } from './find-need.ts';
import { KeyCounts } from './key-counts.ts';
import { every, type Need } from './need.ts';
import { type PlaceIndex, PlaceIndexBuilder, SECTIONS_PER_PLACE } from './place-index.ts';
import { nameOfPlace, type RuleKey } from './rule-key.ts';
import { RuleSelection } from './rule-selection.ts';
import { type PlaceSearch, searchPlace } from './search-place.ts';
import type { SearchState } from './search-state.ts';
import { Signature, type SignatureTest, SignatureTests } from './signature.ts';

/** The part of a rule that the index uses. */
export interface IndexedRule {
  /** The rule matches when all of these hold. */
  readonly parts: ReadonlyArray<{ readonly expression: Expression }>;
  readonly matches: Predicate;
}

export class RuleIndex<Rule extends IndexedRule> {
  readonly #rules: readonly Rule[];
  /** The rules' predicates, in an array of their own so that they lie side by side in memory. */
  readonly #predicates: readonly Predicate[];
  readonly #state: SearchState;
  readonly #searches: readonly PlaceSearch[];
  readonly #tests: SignatureTests;

  /** `rules` are those that may decide, in order of precedence; `membership` covers every list they name. */
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
    this.#state = { rules: selection, signature: new Signature(SECTIONS_PER_PLACE * places.length) };
    this.#searches = places.map((place) => searchPlace(place, this.#state));
  }

  /** The first rule in order that matches; the same result as trying every rule. */
  decide(facts: Facts): Rule | undefined {
    const { rules, signature } = this.#state;
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

/** Signature tests per rule: a few reject nearly as much as one for every gram of a long text would. */
const MOST_TESTS = 6;

class RuleFiling {
  readonly #places = new Map<string, PlaceIndexBuilder>();
  readonly #selection: RuleSelection;
  readonly #membership: ListMembership;

  constructor(selection: RuleSelection, membership: ListMembership) {
    this.#selection = selection;
    this.#membership = membership;
  }

  /** Files the rule under its first condition; returns signature tests for the others. */
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

  /** A test that passes for any of the keys; undefined unless all are of one place. */
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
