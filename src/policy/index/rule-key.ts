/**
 * Keys: conditions that can be looked up in an index instead of being evaluated rule by rule. A key says that one of a
 * field's values is among given texts or integers, inside given ranges, on a list, or contains a given gram (four bytes).
 */
import type { FieldOperand } from '../language/ast.ts';
import type { ValueList } from '../lists/value-list.ts';
import type { Range } from '../lookup/range-ends.ts';

export type RuleKey = ValuesKey | GramKey | RangeKey | ListKey;

/** Where a key's values come from: a field, or one attribute of a map field. The index into an array is ignored. */
export type KeyPlace = FieldOperand;

interface Placed {
  readonly place: KeyPlace;
}

/** Texts or integers, by hash: a collision only makes one more rule a candidate. */
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

/** An identifier of the place: the same for operands that read the same values. */
export function nameOfPlace({ field, key }: KeyPlace): string {
  return key === undefined ? field.name : `${field.name}["${key}"]`;
}

/** Whether the values describe the client rather than its destination. */
export function isAboutClient({ field }: KeyPlace): boolean {
  return /^(?:identity|device_posture|net\.src)\./.test(field.name);
}
