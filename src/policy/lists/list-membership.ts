/** Which of a policy's lists contain a value: one look-up, however many lists there are. */
import { eachInSteps, type Steps } from '../../time/steps.ts';
import { type HashIndex, HashIndexBuilder, hashInteger, hashText } from '../lookup/hash-index.ts';
import { indexRangesInSteps, type OwnedRange, type RangeIndex } from '../lookup/range-index.ts';
import type { ValueList } from './value-list.ts';

/** Finds numbers of lists: possibly some that lack the value, but every one that contains it. */
export class ListMembership {
  /** By the hash of a text or of an integer. */
  readonly values: HashIndex;
  readonly addresses: RangeIndex;
  readonly #numbers: ReadonlyMap<ValueList, number>;

  /** Of the lists that are named. */
  static *inSteps(lists: readonly ValueList[]): Steps<ListMembership> {
    return new ListMembership(lists, yield* indexValues(lists), yield* indexRangesInSteps(rangesOf(lists)));
  }

  private constructor(lists: readonly ValueList[], values: HashIndex, addresses: RangeIndex) {
    this.values = values;
    this.addresses = addresses;
    this.#numbers = new Map(lists.map((list, number) => [list, number]));
  }

  /** Throws RangeError for a list that is not one of these. */
  numberOf(list: ValueList): number {
    const number = this.#numbers.get(list);
    if (number !== undefined) return number;
    throw new RangeError(`Cannot look up list '${list.name}': the policy has no such list`);
  }
}

function* indexValues(lists: readonly ValueList[]): Steps<HashIndex> {
  const index = new HashIndexBuilder(
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
