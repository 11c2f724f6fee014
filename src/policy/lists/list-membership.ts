/** Finds the lists of a policy that contain a value: one look-up, however many lists there are. */
import { eachInSteps, type Steps } from '../../time/steps.ts';
import { hashInteger, hashText } from '../lookup/hash.ts';
import { type PostingMap, PostingMapBuilder } from '../lookup/posting-map.ts';
import { indexRangesInSteps, type OwnedRange, type RangeIndex } from '../lookup/range-index.ts';
import type { ValueList } from './value-list.ts';

/** Look-ups yield the number of every list that contains the value, and possibly of others (hash collisions). */
export class ListMembership {
  /** List numbers by the hash of a text or an integer. */
  readonly values: PostingMap;
  readonly addresses: RangeIndex;
  readonly #numbers: ReadonlyMap<ValueList, number>;

  /** `lists` are numbered by their position. */
  static *inSteps(lists: readonly ValueList[]): Steps<ListMembership> {
    return new ListMembership(lists, yield* indexValues(lists), yield* indexRangesInSteps(rangesOf(lists)));
  }

  private constructor(lists: readonly ValueList[], values: PostingMap, addresses: RangeIndex) {
    this.values = values;
    this.addresses = addresses;
    this.#numbers = new Map(lists.map((list, number) => [list, number]));
  }

  /** Throws RangeError for a list that was not given to `inSteps`. */
  numberOf(list: ValueList): number {
    const number = this.#numbers.get(list);
    if (number !== undefined) return number;
    throw new RangeError(`Cannot look up list '${list.name}': the policy has no such list`);
  }
}

function* indexValues(lists: readonly ValueList[]): Steps<PostingMap> {
  const index = new PostingMapBuilder(
    lists.reduce((sum, { scalar, size }) => (scalar === 'Ip' ? sum : sum + size), 0),
  );
  for (const [number, list] of lists.entries()) {
    if (list.scalar === 'Bytes') yield* eachInSteps(list.values, (text) => index.add(hashText(text), number));
    if (list.scalar === 'Int')
      yield* eachInSteps(list.values, (value) => index.add(hashInteger(value), number));
  }
  return index.build();
}

function* rangesOf(lists: readonly ValueList[]): Iterable<OwnedRange> {
  for (const [owner, list] of lists.entries()) {
    if (list.scalar === 'Ip') for (const { first, last } of list.ranges) yield { first, last, owner };
  }
}
