/**
 * Operators on texts. In compat mode a literal that is compared with a host, domain or e-mail address is case-folded like
 * its values; `matches` and `strict wildcard`, which define case themselves, are taken as written.
 */

import { toAsciiName } from '../values/domain-name.ts';
import { compileRegex, RegexError } from '../values/regex.ts';
import { canonicalText, decodeText, foldAscii, isAscii, type TextKind } from '../values/text-value.ts';
import { parseWildcard } from '../values/wildcard.ts';
import type { BytesCondition, Operand } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { lexBytes, lexText } from './lex-bytes.ts';
import type { Operator } from './lex-operator.ts';
import { lexRegex } from './lex-regex.ts';
import { parseSet } from './parse-set.ts';
import type { ParseState } from './parse-state.ts';

/** Undefined when the operator is not one for texts. */
export function parseBytesCondition(
  state: ParseState,
  operator: Operator,
  left: Operand,
): BytesCondition | undefined {
  switch (operator) {
    case 'in':
      return { scalar: 'Bytes', kind: 'set', values: parseSet(state, () => parseText(state, left)) };
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return { scalar: 'Bytes', kind: 'order', order: operator, value: parseText(state, left) };
    case 'contains':
      return { scalar: 'Bytes', kind: 'contains', value: parsePart(state, left) };
    case 'matches':
      return parseMatches(state, left);
    case 'wildcard':
    case 'strict wildcard':
      return parseWildcardCondition(state, left, operator === 'wildcard');
    default:
      return undefined;
  }
}

/** A literal that stands for a whole value. */
function parseText(state: ParseState, left: Operand): string {
  const bytes = parseLiteral(state, left, lexBytes);
  if (state.mode === 'strict') return bytes;
  const kind = textKind(left);
  return kind === 'attribute' ? unquotePair(bytes) : canonicalText(bytes, kind);
}

/** A literal that stands for a part of a value, so that a dot at its end is no trailing dot. */
function parsePart(state: ParseState, left: Operand): string {
  const bytes = parseLiteral(state, left, lexBytes);
  return state.mode === 'compat' && isFolded(textKind(left)) ? foldAscii(bytes) : bytes;
}

/** Refuses, in compat mode, a name that no value could be. */
function parseLiteral(state: ParseState, left: Operand, lex: (cursor: Cursor) => string): string {
  const { cursor, mode } = state;
  const start = cursor.at;
  const bytes = lex(cursor);
  if (mode === 'compat') checkName(state, textKind(left), bytes, start);
  return bytes;
}

function isFolded(kind: TextKind): boolean {
  return kind === 'name' || kind === 'email';
}

/** Attributes read by key are plain values; only walked over they are `name=value` pairs. */
function textKind(left: Operand): TextKind {
  if (left.kind === 'call') return 'plain';
  return left.field.text === 'attribute' && left.key !== undefined ? 'plain' : left.field.text;
}

/** Names reach the gateway as A-labels, so another spelling could never be equal; silence would hide that. */
function checkName({ cursor }: ParseState, kind: TextKind, bytes: string, start: number): void {
  if (kind !== 'name' || isAscii(bytes)) return;
  const ascii = toAsciiName(decodeText(bytes));
  const advice = ascii === undefined ? 'write the name in its xn-- form' : `write "${ascii}"`;
  throw cursor.error('value', 'host name is not ASCII', cursor.spanFrom(start), advice);
}

/** Some pages print a pair with quotes of its own: `"\"group=finance\""`. */
function unquotePair(bytes: string): string {
  return bytes.length > 1 && bytes.startsWith('"') && bytes.endsWith('"') ? bytes.slice(1, -1) : bytes;
}

function parseMatches(state: ParseState, left: Operand): BytesCondition {
  const { cursor, limits, mode, warnings } = state;
  const start = cursor.at;
  const { pattern, span } = lexRegex(cursor);
  if (mode === 'compat' && textKind(left) === 'name' && !isAscii(pattern)) {
    warnings.push({ code: 'never_matches', message: 'host names have no letters beyond ASCII', span });
  }
  try {
    return { scalar: 'Bytes', kind: 'matches', regex: compileRegex(pattern, limits) };
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    // The engine points behind a raw regex. That helps nobody, so compat mode points at it.
    const isBehind = mode === 'strict' && cursor.text.startsWith('r', start);
    throw cursor.error('regex', error.message, isBehind ? undefined : span);
  }
}

function parseWildcardCondition(state: ParseState, left: Operand, foldCase: boolean): BytesCondition {
  const { cursor, mode } = state;
  const start = cursor.at;
  const bytes = parseLiteral(state, left, lexText);
  const kind = textKind(left);
  // It stands for a whole value: a dot at the end of a name is as little of it as it is of the value.
  const isCanonical = foldCase && mode === 'compat' && isFolded(kind);
  const folded = foldCase ? foldAscii(bytes) : bytes;
  const wildcard = parseWildcard(isCanonical ? canonicalText(folded, kind) : folded);
  if (typeof wildcard === 'string') throw cursor.error('value', wildcard, { start, end: cursor.end });
  return { scalar: 'Bytes', kind: 'wildcard', wildcard, foldCase };
}
