/**
 * Finds the rules worth trying without trying all. Each rule is filed under one thing it cannot match without, the one
 * fewest rules share: a name, a list, a user, a prefix. What the facts have selects rules; only rules that need nothing
 * that could be looked up are tried every time.
 */
import type { Facts } from './facts.ts';
import { findNeed } from './find-need.ts';
import { KeyCounts } from './key-counts.ts';
import type { ListMembership } from './list-membership.ts';
import { every, type Need } from './need.ts';
import { PlaceIndex, type Search } from './place-index.ts';
import type { CompiledRule } from './rule.ts';
import { nameOfPlace, type RuleKey } from './rule-key.ts';
import { RuleSelection } from './rule-selection.ts';

export class RuleIndex {
  readonly #rules: readonly CompiledRule[];
  readonly #selection: RuleSelection;
  readonly #searches: readonly Search[];

  /** Enabled rules, lowest precedence first. */
  constructor(rules: readonly CompiledRule[], membership: ListMembership) {
    const needs = rules.map(({ parts }) => every(parts.map(({ expression }) => findNeed(expression))));
    const unfiled = needs.flatMap((need, rule) => (need === undefined ? [rule] : []));
    const selection = new RuleSelection(rules.length, unfiled);
    const places = fileRules(needs, membership);
    this.#rules = rules;
    this.#selection = selection;
    this.#searches = places.map((place) => place.compile((found) => selection.add(found)));
  }

  /** The first rule that matches, as if all had been tried in their order. */
  decide(facts: Facts): CompiledRule | undefined {
    const selection = this.#selection;
    selection.begin();
    for (const search of this.#searches) search(facts);
    for (;;) {
      const rule = this.#rules[selection.take()];
      if (rule === undefined || rule.matches(facts)) return rule;
    }
  }
}

function fileRules(
  needs: ReadonlyArray<Need<RuleKey> | undefined>,
  membership: ListMembership,
): readonly PlaceIndex[] {
  const counts = new KeyCounts();
  for (const need of needs) if (need !== undefined) counts.count(need);
  const places = new Map<string, PlaceIndex>();
  for (const [rule, need] of needs.entries()) {
    for (const key of need === undefined ? [] : chooseKeys(need, counts).keys) {
      const name = nameOfPlace(key.place);
      const place = places.get(name) ?? new PlaceIndex(key.place, membership);
      places.set(name, place);
      place.add(key, rule);
    }
  }
  return [...places.values()];
}

interface Choice {
  readonly keys: readonly RuleKey[];
  readonly cost: number;
}

/** Keys of which the facts must have one, if the rule is to match; those whose worst is the best. */
function chooseKeys(need: Need<RuleKey>, counts: KeyCounts): Choice {
  if (need.kind === 'key') return { keys: [need.key], cost: counts.costOf(need.key) };
  const choices = need.parts.map((part) => chooseKeys(part, counts));
  if (need.kind === 'every') {
    return choices.reduce((best, choice) => (choice.cost < best.cost ? choice : best));
  }
  return {
    keys: choices.flatMap(({ keys }) => keys),
    cost: choices.reduce((worst, { cost }) => Math.max(worst, cost), 0),
  };
}
