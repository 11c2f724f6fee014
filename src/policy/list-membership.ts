/** On which of a policy's lists a value is: one look, however many lists there are. Made when it is first asked for. */
import { type HashIndex, HashIndexBuilder, hashInteger, hashText } from './hash-index.ts';
import { indexRanges, type RangeIndex } from './range-index.ts';
import type { ValueList } from './value-list.ts';

/** What is found are numbers of lists; some may not have the value, but none that has it is missing. */
export class ListMembership {
  readonly #lists: readonly ValueList[];
  readonly #numbers: ReadonlyMap<ValueList, number>;
  #values: HashIndex | undefined;
  #addresses: RangeIndex | undefined;

  constructor(lists: readonly ValueList[]) {
    this.#lists = lists;
    this.#numbers = new Map(lists.map((list, number) => [list, number]));
  }

  /** Throws RangeError for a list that is not one of these. */
  numberOf(list: ValueList): number {
    const number = this.#numbers.get(list);
    if (number !== undefined) return number;
    throw new RangeError(`Cannot look up list '${list.name}': the policy has no such list`);
  }

  /** By the hash of a text or of an integer. */
  get values(): HashIndex {
    this.#values ??= indexValues(this.#lists);
    return this.#values;
  }

  get addresses(): RangeIndex {
    this.#addresses ??= indexAddresses(this.#lists);
    return this.#addresses;
  }
}

function indexValues(lists: readonly ValueList[]): HashIndex {
  const size = lists.reduce((sum, list) => sum + list.size, 0);
  const index = new HashIndexBuilder(size);
  for (const [number, list] of lists.entries()) {
    if (list.scalar === 'Bytes') for (const text of list.values) index.add(hashText(text), number);
    if (list.scalar === 'Int') for (const value of list.values) index.add(hashInteger(value), number);
  }
  return index.build();
}

function indexAddresses(lists: readonly ValueList[]): RangeIndex {
  const ranges = lists.flatMap((list, owner) =>
    list.scalar === 'Ip' ? list.ranges.map(({ first, last }) => ({ first, last, owner })) : [],
  );
  return indexRanges(ranges);
}
