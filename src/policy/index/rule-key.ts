/**
 * Keys: conditions that are looked up rather than tried one by one. A key says that one of a field's values is among some
 * texts or integers, inside some ranges, on a list, or contains a certain run of four bytes (a gram).
 */
import type { FieldOperand } from '../language/ast.ts';
import type { ValueList } from '../lists/value-list.ts';
import type { Range } from '../lookup/range-ends.ts';

export type RuleKey = ValuesKey | GramKey | RangeKey | ListKey;

/** Where the values are: a field, or one attribute of a map. Keys ignore which element of an array is meant. */
export type KeyPlace = FieldOperand;

interface Placed {
  readonly place: KeyPlace;
}

/** Texts or integers by their hash: on a collision, a wrong rule is found as well, and then evaluated. */
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
