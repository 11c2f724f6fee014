/** The index of one place: finds rules by its texts, their grams, its numbers or addresses, and the lists these are on. */
import type { Steps } from '../../time/steps.ts';
import type { ListMembership } from '../lists/list-membership.ts';
import { type HashIndex, HashIndexBuilder, hashInteger } from '../lookup/hash-index.ts';
import { type Postings, PostingsBuilder } from '../lookup/postings.ts';
import { indexRangesInSteps, type OwnedRange, type RangeIndex } from '../lookup/range-index.ts';
import type { KeyPlace, RuleKey } from './rule-key.ts';
import type { SignatureTest } from './signature.ts';

/** Parts that no rule needs are undefined. */
export interface PlaceIndex {
  readonly place: KeyPlace;
  readonly sights: Sights;
  /** By hash of a text or an integer. */
  readonly values: HashIndex | undefined;
  readonly grams: HashIndex | undefined;
  readonly ranges: RangeIndex | undefined;
  readonly lists: RulesOfLists | undefined;
}

/** Numbers for what the signature has of the place: texts or integers, grams of texts, and lists they are on. */
export type Sights = Readonly<Record<'values' | 'gram' | 'list', number>>;

/** How many numbers a place has. */
export const SIGHTS = 3;

export interface RulesOfLists {
  readonly membership: ListMembership;
  /** Codes of rules by the number of a list. */
  readonly codes: Int32Array;
  readonly postings: Postings;
}

export class PlaceIndexBuilder {
  readonly #place: KeyPlace;
  readonly #sights: Sights;
  readonly #membership: ListMembership;
  readonly #values = new HashIndexBuilder();
  readonly #grams = new HashIndexBuilder();
  readonly #ranges: OwnedRange[] = [];
  readonly #listCodes: number[] = [];
  readonly #listPostings = new PostingsBuilder();
  /** The kinds of the keys that were given. */
  readonly #kinds = new Set<RuleKey['kind']>();

  /** `number`: another one for each place, from 0. */
  constructor(place: KeyPlace, number: number, membership: ListMembership) {
    this.#place = place;
    const first = SIGHTS * number;
    this.#sights = { values: first, gram: first + 1, list: first + 2 };
    this.#membership = membership;
  }

  /** From now on the key finds the rule. */
  add(key: RuleKey, rule: number): void {
    this.#kinds.add(key.kind);
    switch (key.kind) {
      case 'values':
        for (const hash of key.hashes) this.#values.add(hash, rule);
        break;
      case 'gram':
        this.#grams.add(hashInteger(key.gram), rule);
        break;
      case 'ranges':
        for (const { first, last } of key.ranges) this.#ranges.push({ first, last, owner: rule });
        break;
      case 'list': {
        const list = this.#membership.numberOf(key.list);
        this.#listCodes[list] = this.#listPostings.add(this.#listCodes[list] ?? 0, rule);
      }
    }
  }

  /** A test of the signature for facts that have one of the keys; undefined if the signature cannot tell. */
  testFor(keys: readonly RuleKey[]): SignatureTest | undefined {
    const kind = keys[0]?.kind;
    if (kind === undefined || kind === 'ranges' || keys.some((key) => key.kind !== kind)) return undefined;
    this.#kinds.add(kind);
    return { sight: this.#sights[kind], hashes: keys.flatMap((key) => this.#hashesOf(key)) };
  }

  *build(): Steps<PlaceIndex> {
    const has = (kind: RuleKey['kind']) => this.#kinds.has(kind);
    return {
      place: this.#place,
      sights: this.#sights,
      values: has('values') ? this.#values.build() : undefined,
      grams: has('gram') ? this.#grams.build() : undefined,
      ranges: has('ranges') ? yield* indexRangesInSteps(this.#ranges) : undefined,
      lists: has('list') ? this.#buildLists() : undefined,
    };
  }

  #hashesOf(key: RuleKey): readonly number[] {
    switch (key.kind) {
      case 'values':
        return key.hashes;
      case 'gram':
        return [hashInteger(key.gram)];
      case 'list':
        return [hashInteger(this.#membership.numberOf(key.list))];
      case 'ranges':
        return [];
    }
  }

  #buildLists(): RulesOfLists {
    return {
      membership: this.#membership,
      codes: Int32Array.from(this.#listCodes, (code) => code ?? 0),
      postings: this.#listPostings.build(),
    };
  }
}
