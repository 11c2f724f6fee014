/**
 * Compiles the right side of a comparison to a test of one value. A missing value (undefined) fails every test but `!=`
 * (docs/policy.md, Operators; wirefilter's `nil_not_equal_behavior`).
 */
import type { Address } from '../../wire/address.ts';
import type { AddressCondition, BytesCondition, IntCondition, Order } from '../language/ast.ts';
import type { IntRange } from '../language/lex-int.ts';
import { addressSetOf } from '../lookup/address-set.ts';
import { compareAddresses } from '../values/address-range.ts';
import { foldAscii } from '../values/text-value.ts';
import { matchWildcard } from '../values/wildcard.ts';

export type Test<T> = (value: T | undefined) => boolean;

/** A Boolean field by itself is a comparison, which holds when the value is true. */
export function compileFlagTest(): Test<boolean> {
  return (value) => value === true;
}

/** Masks are applied as BigInt, because bitwise operators truncate numbers to 32 bits. */
export function compileIntTest(condition: IntCondition): Test<number> {
  switch (condition.kind) {
    case 'order':
      return compileOrder(condition.order, condition.value);
    case 'set':
      return compileIntSet(condition.ranges);
    case 'mask': {
      const { mask } = condition;
      return (value) => value !== undefined && (BigInt(value) & mask) !== 0n;
    }
    case 'list': {
      const { list } = condition;
      return (value) => value !== undefined && list.has(value);
    }
  }
}

/** Values are byte strings (values/text-value.ts). */
export function compileTextTest(condition: BytesCondition): Test<string> {
  switch (condition.kind) {
    case 'order':
      return compileOrder(condition.order, condition.value);
    case 'set': {
      const values = new Set(condition.values);
      return (value) => value !== undefined && values.has(value);
    }
    case 'contains': {
      const part = condition.value;
      return (value) => value?.includes(part) === true;
    }
    case 'matches': {
      const { regex } = condition;
      return (value) => value !== undefined && regex.test(value);
    }
    case 'wildcard': {
      const { wildcard, foldCase } = condition;
      return (value) => value !== undefined && matchWildcard(wildcard, foldCase ? foldAscii(value) : value);
    }
    case 'list': {
      const { list } = condition;
      return (value) => value !== undefined && list.has(value);
    }
  }
}

/** For addresses of either family. A negated set also holds for a missing address. */
export function compileAddressTest(condition: AddressCondition): Test<Address> {
  switch (condition.kind) {
    case 'order':
      return compileAddressOrder(condition.order, condition.value);
    case 'set': {
      const set = addressSetOf(condition.ranges);
      return condition.negated
        ? (value) => value === undefined || !set.has(value)
        : (value) => value !== undefined && set.has(value);
    }
    case 'list': {
      const { list } = condition;
      return (value) => value !== undefined && list.has(value);
    }
  }
}

/** JavaScript's string order is the order of bytes here, since each character is one byte. */
function compileOrder<T extends number | string>(order: Order, literal: T): Test<T> {
  switch (order) {
    case '==':
      return (value) => value === literal;
    case '!=':
      return (value) => value !== literal;
    case '<':
      return (value) => value !== undefined && value < literal;
    case '<=':
      return (value) => value !== undefined && value <= literal;
    case '>':
      return (value) => value !== undefined && value > literal;
    case '>=':
      return (value) => value !== undefined && value >= literal;
  }
}

/** Addresses of different families are unequal and not ordered. */
function compileAddressOrder(order: Order, literal: Address): Test<Address> {
  const holds = ADDRESS_ORDERS[order];
  const missing = order === '!=';
  return (value) =>
    value === undefined || value.length !== literal.length
      ? missing
      : holds(compareAddresses(value, literal));
}

const ADDRESS_ORDERS: Readonly<Record<Order, (difference: number) => boolean>> = {
  '==': (difference) => difference === 0,
  '!=': (difference) => difference !== 0,
  '<': (difference) => difference < 0,
  '<=': (difference) => difference <= 0,
  '>': (difference) => difference > 0,
  '>=': (difference) => difference >= 0,
};

/** Single integers are looked up by hash; ranges, which are few, are tried one by one. */
function compileIntSet(ranges: readonly IntRange[]): Test<number> {
  const singles = new Set(ranges.filter(({ first, last }) => first === last).map(({ first }) => first));
  const wide = ranges.filter(({ first, last }) => first !== last);
  if (wide.length === 0) return (value) => value !== undefined && singles.has(value);
  return (value) =>
    value !== undefined &&
    (singles.has(value) || wide.some(({ first, last }) => value >= first && value <= last));
}
