/** The index of one place: finds rules by its texts and their grams, by integers and addresses, and by the lists they are on. */
import type { Steps } from '../../time/steps.ts';
import type { ListMembership } from '../lists/list-membership.ts';
import { hashInteger } from '../lookup/hash.ts';
import { type PostingMap, PostingMapBuilder } from '../lookup/posting-map.ts';
import { type Postings, PostingsBuilder } from '../lookup/postings.ts';
import { indexRangesInSteps, type OwnedRange, type RangeIndex } from '../lookup/range-index.ts';
import type { KeyPlace, RuleKey } from './rule-key.ts';
import type { SignatureTest } from './signature.ts';

/** An index that no rule of the place needs is undefined. */
export interface PlaceIndex {
  readonly place: KeyPlace;
  readonly sections: SignatureSections;
  /** Rules by the hash of a text or an integer. */
  readonly values: PostingMap | undefined;
  readonly grams: PostingMap | undefined;
  readonly ranges: RangeIndex | undefined;
  readonly lists: RulesOfLists | undefined;
}

/** The signature's sections for this place: one for texts or integers, one for grams of texts, one for the lists they are on. */
export type SignatureSections = Readonly<Record<'values' | 'gram' | 'list', number>>;

export const SECTIONS_PER_PLACE = 3;

export interface RulesOfLists {
  readonly membership: ListMembership;
  /** Posting codes of rules, indexed by the number of the list. */
  readonly codes: Int32Array;
  readonly postings: Postings;
}

export class PlaceIndexBuilder {
  readonly #place: KeyPlace;
  readonly #sections: SignatureSections;
  readonly #membership: ListMembership;
  readonly #values = new PostingMapBuilder();
  readonly #grams = new PostingMapBuilder();
  readonly #ranges: OwnedRange[] = [];
  readonly #listCodes: number[] = [];
  readonly #listPostings = new PostingsBuilder();
  /** The kinds of keys seen so far: only their indexes are built. */
  readonly #kinds = new Set<RuleKey['kind']>();

  /** `number` identifies the place; places are numbered from 0. */
  constructor(place: KeyPlace, number: number, membership: ListMembership) {
    this.#place = place;
    const first = SECTIONS_PER_PLACE * number;
    this.#sections = { values: first, gram: first + 1, list: first + 2 };
    this.#membership = membership;
  }

  /** Files the rule under the key. */
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

  /** A signature test that passes if the facts have one of the keys; undefined if the signature does not cover such keys. */
  testFor(keys: readonly RuleKey[]): SignatureTest | undefined {
    const kind = keys[0]?.kind;
    if (kind === undefined || kind === 'ranges' || keys.some((key) => key.kind !== kind)) return undefined;
    this.#kinds.add(kind);
    return { section: this.#sections[kind], hashes: keys.flatMap((key) => this.#hashesOf(key)) };
  }

  *build(): Steps<PlaceIndex> {
    const has = (kind: RuleKey['kind']) => this.#kinds.has(kind);
    return {
      place: this.#place,
      sections: this.#sections,
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
