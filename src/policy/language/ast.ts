/** The typed syntax tree of an expression. Types are checked while it is built, so evaluation has no type errors. */
import type { Address } from '../../wire/address.ts';
import type { ValueList } from '../lists/value-list.ts';
import type { AddressRange } from '../values/address-range.ts';
import type { Regex } from '../values/regex.ts';
import type { ScalarType } from '../values/types.ts';
import type { Wildcard } from '../values/wildcard.ts';
import type { Span } from './expression-error.ts';
import type { IntRange } from './lex-int.ts';
import type { Field, FunctionSpec } from './scheme.ts';

export type Expression = Combination | Negation | Quantification | Comparison;

interface Node {
  readonly span: Span;
  /** Whether it yields a truth value per element (Array<Bool>) rather than a single one (Bool). */
  readonly elementwise: boolean;
}

export interface Combination extends Node {
  readonly kind: 'and' | 'or' | 'xor';
  /** Two or more, all elementwise or none. */
  readonly operands: readonly Expression[];
}

interface Negation extends Node {
  readonly kind: 'not';
  readonly operand: Expression;
}

export interface Quantification extends Node {
  readonly kind: 'any' | 'all';
  /** Elementwise. */
  readonly operand: Expression;
  /** Whether compat mode inserted any() around a bare array comparison. */
  readonly implicit: boolean;
}

export interface Comparison extends Node {
  readonly kind: 'comparison';
  readonly left: Operand;
  readonly condition: Condition;
}

export type Operand = FieldOperand | CallOperand;

export interface FieldOperand {
  readonly kind: 'field';
  readonly field: Field;
  /** `["key"]`, on a map. */
  readonly key: string | undefined;
  /** `[n]`, on an array. */
  readonly index: number | undefined;
  /** `[*]` was written. */
  readonly each: boolean;
  /** Whether each of several values is compared, rather than a single one. */
  readonly many: boolean;
  readonly span: Span;
}

export interface CallOperand {
  readonly kind: 'call';
  readonly function: FunctionSpec;
  /** If one of them has `[*]`, the result is an array. */
  readonly arguments: readonly Operand[];
  readonly span: Span;
}

export type Order = '==' | '!=' | '<' | '<=' | '>' | '>=';

export type Condition = { readonly scalar: 'Bool' } | IntCondition | BytesCondition | AddressCondition;

export type IntCondition =
  | { readonly scalar: 'Int'; readonly kind: 'order'; readonly order: Order; readonly value: number }
  | { readonly scalar: 'Int'; readonly kind: 'set'; readonly ranges: readonly IntRange[] }
  | { readonly scalar: 'Int'; readonly kind: 'mask'; readonly mask: bigint }
  | ListCondition<'Int'>;

export type BytesCondition =
  | { readonly scalar: 'Bytes'; readonly kind: 'order'; readonly order: Order; readonly value: string }
  | { readonly scalar: 'Bytes'; readonly kind: 'set'; readonly values: readonly string[] }
  | { readonly scalar: 'Bytes'; readonly kind: 'contains'; readonly value: string }
  | { readonly scalar: 'Bytes'; readonly kind: 'matches'; readonly regex: Regex }
  | {
      readonly scalar: 'Bytes';
      readonly kind: 'wildcard';
      readonly wildcard: Wildcard;
      /** ASCII letters match regardless of case; the runs are then in lower case. */
      readonly foldCase: boolean;
    }
  | ListCondition<'Bytes'>;

export type AddressCondition =
  | { readonly scalar: 'Ip'; readonly kind: 'order'; readonly order: Order; readonly value: Address }
  | {
      readonly scalar: 'Ip';
      readonly kind: 'set';
      readonly ranges: readonly AddressRange[];
      /** `!=` with a quoted prefix: holds for addresses outside it and for a missing value. */
      readonly negated: boolean;
    }
  | ListCondition<'Ip'>;

interface ListCondition<S extends ScalarType> {
  readonly scalar: S;
  readonly kind: 'list';
  readonly list: ValueList & { readonly scalar: S };
}
