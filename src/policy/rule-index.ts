/**
 * Finds the rules worth trying without trying all. Each rule is filed under one thing it cannot match without, the one
 * that fewest rules share (a name, a list, a user, a prefix), and under a second one if it needs more. What the facts have
 * selects rules; only rules that need nothing that can be looked up are tried every time.
 */
import type { Facts } from './facts.ts';
import { findNeed } from './find-need.ts';
import { KeyCounts } from './key-counts.ts';
import type { ListMembership } from './list-membership.ts';
import { every, type Need } from './need.ts';
import { PlaceIndex } from './place-index.ts';
import type { CompiledRule } from './rule.ts';
import { nameOfPlace, type RuleKey } from './rule-key.ts';
import { RuleSelection } from './rule-selection.ts';
import { type PlaceSearch, searchPlace } from './search-place.ts';

export class RuleIndex {
  readonly #rules: readonly CompiledRule[];
  readonly #selection: RuleSelection;
  readonly #searches: readonly PlaceSearch[];

  /** Enabled rules, lowest precedence first. */
  constructor(rules: readonly CompiledRule[], membership: ListMembership) {
    this.#rules = rules;
    this.#selection = new RuleSelection(rules.length);
    const places = fileRules(rules, membership, this.#selection);
    this.#searches = places.map((place) => searchPlace(place, this.#selection));
  }

  /** The first rule that matches, as if all had been tried in their order. */
  decide(facts: Facts): CompiledRule | undefined {
    const selection = this.#selection;
    selection.begin();
    for (const place of this.#searches) place.search(facts);
    for (let number = selection.take(); number !== -1; number = selection.take()) {
      const rule = this.#rules[number];
      if (rule?.matches(facts)) return rule;
    }
    return undefined;
  }
}

function fileRules(
  rules: readonly CompiledRule[],
  membership: ListMembership,
  selection: RuleSelection,
): readonly PlaceIndex[] {
  const needs = rules.map(({ parts }) => every(parts.map(({ expression }) => findNeed(expression))));
  const counts = new KeyCounts();
  for (const need of needs) if (need !== undefined) counts.count(need);
  const places = new Map<string, PlaceIndex>();
  const file = (mark: number, choice: Choice | undefined) => {
    if (choice === undefined) selection.addAlways(mark);
    for (const key of choice?.keys ?? []) {
      const name = nameOfPlace(key.place);
      const place = places.get(name) ?? new PlaceIndex(key.place, membership);
      places.set(name, place);
      place.add(key, mark);
    }
  };
  for (const [rule, need] of needs.entries()) {
    const [best, second] = rankChoices(need, counts);
    file(rule, best);
    file(selection.secondMark(rule), second !== undefined && second.cost <= MOST_SHARED ? second : undefined);
  }
  return [...places.values()];
}

/** To mark more rules than this for one value costs more than the second mark saves. */
const MOST_SHARED = 500;

interface Choice {
  readonly keys: readonly RuleKey[];
  readonly cost: number;
}

/** What the rule needs, each by itself, that which fewest rules share first. */
function rankChoices(need: Need<RuleKey> | undefined, counts: KeyCounts): readonly Choice[] {
  if (need === undefined) return [];
  const parts = need.kind === 'every' ? need.parts : [need];
  return parts.map((part) => choose(part, counts)).sort((one, other) => one.cost - other.cost);
}

/** Keys of which the facts must have one; those whose worst is the best. */
function choose(need: Need<RuleKey>, counts: KeyCounts): Choice {
  if (need.kind === 'key') return { keys: [need.key], cost: counts.costOf(need.key) };
  const choices = need.parts.map((part) => choose(part, counts));
  if (need.kind === 'every') {
    return choices.reduce((best, choice) => (choice.cost < best.cost ? choice : best));
  }
  return {
    keys: choices.flatMap(({ keys }) => keys),
    cost: choices.reduce((worst, { cost }) => Math.max(worst, cost), 0),
  };
}
