/**
 * Keys: tests that are looked up and not tried one by one. A key says that a field has, among its values, one of some
 * texts or integers, one inside some ranges, an entry of a list, or a text with a certain run of four bytes (a gram) in it.
 */
import type { FieldOperand } from '../language/ast.ts';
import type { ValueList } from '../lists/value-list.ts';
import type { Range } from '../lookup/range-ends.ts';

export type RuleKey = ValuesKey | GramKey | RangeKey | ListKey;

/** Where the values are: a field, or one attribute of a map. Which element is meant does not matter to a key. */
export type KeyPlace = FieldOperand;

interface Placed {
  readonly place: KeyPlace;
}

/** Texts or integers by their hash: one that has another's hash is found as well, and then tried. */
export interface ValuesKey extends Placed {
  readonly kind: 'values';
  readonly hashes: readonly number[];
}

export interface GramKey extends Placed {
  readonly kind: 'gram';
  readonly gram: number;
}

export interface RangeKey extends Placed {
  readonly kind: 'ranges';
  readonly ranges: readonly Range[];
}

export interface ListKey extends Placed {
  readonly kind: 'list';
  readonly list: ValueList;
}

/** Equal for operands that read the same values. */
export function nameOfPlace({ field, key }: KeyPlace): string {
  return key === undefined ? field.name : `${field.name}["${key}"]`;
}

/** Whether the values are the client's own, and not those of what it connects to. */
export function isAboutClient({ field }: KeyPlace): boolean {
  return /^(?:identity|device_posture|net\.src)\./.test(field.name);
}
