/**
 * Operators on addresses. Compat mode accepts quoted addresses and prefixes, and reads `==` with a quoted prefix as
 * "inside"; unquoted prefixes are allowed in sets only, as in the engine.
 */
import { type Address, formatAddress } from '../../wire/address.ts';
import { type AddressRange, faultyPart, readAddress, readItem, readRange } from '../values/address-range.ts';
import type { AddressCondition, Order } from './ast.ts';
import { ADDRESS_CHARACTERS } from './cursor.ts';
import { lexBytes } from './lex-bytes.ts';
import type { Operator } from './lex-operator.ts';
import { parseSet } from './parse-set.ts';
import type { ParseState } from './parse-state.ts';

/** Undefined if the operator does not apply to addresses. Throws ExpressionError. */
export function parseAddressCondition(state: ParseState, operator: Operator): AddressCondition | undefined {
  switch (operator) {
    case 'in': {
      const ranges = parseSet(state, () => parseItem(state));
      return { scalar: 'Ip', kind: 'set', ranges, negated: false };
    }
    case '==':
    case '!=':
      return startsQuoted(state) ? parseInside(state, operator) : parseOrder(state, operator);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return parseOrder(state, operator);
    default:
      return undefined;
  }
}

function parseOrder(state: ParseState, order: Order): AddressCondition {
  return { scalar: 'Ip', kind: 'order', order, value: parseLiteral<Address>(state, readAddress) };
}

function parseInside(state: ParseState, operator: '==' | '!='): AddressCondition {
  const range = parseLiteral<AddressRange>(state, readRange);
  return { scalar: 'Ip', kind: 'set', ranges: [range], negated: operator === '!=' };
}

function parseItem(state: ParseState): AddressRange {
  const { cursor, mode, warnings } = state;
  if (startsQuoted(state)) return parseLiteral<AddressRange>(state, readRange);
  const start = cursor.at;
  const range = parseLiteral<AddressRange>(state, readItem);
  const span = cursor.spanFrom(start);
  const written = cursor.text.slice(span.start, span.end);
  if (mode === 'compat' && /^\d+(\.\d+){0,2}$/.test(written)) {
    const message = `${written} is the address ${formatAddress(range.first)} alone: a prefix has a length`;
    warnings.push({ code: 'never_matches', message, span });
  }
  return range;
}

function parseLiteral<T>(state: ParseState, read: (text: string) => T | string): T {
  const { cursor } = state;
  const start = cursor.at;
  const isQuoted = startsQuoted(state);
  const text = isQuoted ? lexBytes(cursor) : cursor.takeWhile(ADDRESS_CHARACTERS, 'IP address character');
  const value = read(text);
  if (typeof value !== 'string') return value;
  const whole = { start: 0, end: cursor.at - start };
  const part = isQuoted || read === readAddress ? whole : faultyPart(text, value);
  throw cursor.error('value', value, { start: start + part.start, end: start + part.end });
}

function startsQuoted({ cursor, mode }: ParseState): boolean {
  return mode === 'compat' && cursor.startsWith('"');
}
