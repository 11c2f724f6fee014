/**
 * Operators on texts. In compat mode a literal compared with a host name, domain or e-mail address is case-folded like the
 * field's values; `matches` and `strict wildcard`, which define their own case handling, are left unchanged.
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

/** Undefined if the operator does not apply to texts. Throws ExpressionError. */
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

/** A literal that is compared with a whole value. */
function parseText(state: ParseState, left: Operand): string {
  const bytes = parseLiteral(state, left, lexBytes);
  if (state.mode === 'strict') return bytes;
  const kind = textKind(left);
  return kind === 'attribute' ? unquotePair(bytes) : canonicalText(bytes, kind);
}

/** A literal that is searched for within a value, so a dot at its end is not a trailing dot. */
function parsePart(state: ParseState, left: Operand): string {
  const bytes = parseLiteral(state, left, lexBytes);
  return state.mode === 'compat' && isFolded(textKind(left)) ? foldAscii(bytes) : bytes;
}

/** In compat mode, refuses a name that can never occur as a value. */
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

/** An attribute read by key is a plain value; only with `[*]` are attributes `name=value` pairs. */
function textKind(left: Operand): TextKind {
  if (left.kind === 'call') return 'plain';
  return left.field.text === 'attribute' && left.key !== undefined ? 'plain' : left.field.text;
}

/** Names reach the gateway as A-labels, so a name in any other form could never match; hence an error. */
function checkName({ cursor }: ParseState, kind: TextKind, bytes: string, start: number): void {
  if (kind !== 'name' || isAscii(bytes)) return;
  const ascii = toAsciiName(decodeText(bytes));
  const advice = ascii === undefined ? 'write the name in its xn-- form' : `write "${ascii}"`;
  throw cursor.error('value', 'host name is not ASCII', cursor.spanFrom(start), advice);
}

/** Some published examples quote the pair twice: `"\"group=finance\""`. */
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
    // The engine points after a raw regex, which is of no use; compat mode points at the regex itself.
    const isBehind = mode === 'strict' && cursor.text.startsWith('r', start);
    throw cursor.error('regex', error.message, isBehind ? undefined : span);
  }
}

function parseWildcardCondition(state: ParseState, left: Operand, foldCase: boolean): BytesCondition {
  const { cursor, mode } = state;
  const start = cursor.at;
  const bytes = parseLiteral(state, left, lexText);
  const kind = textKind(left);
  // The pattern covers a whole value, so a trailing dot is dropped from it as it is from values.
  const isCanonical = foldCase && mode === 'compat' && isFolded(kind);
  const folded = foldCase ? foldAscii(bytes) : bytes;
  const wildcard = parseWildcard(isCanonical ? canonicalText(folded, kind) : folded);
  if (typeof wildcard === 'string') throw cursor.error('value', wildcard, { start, end: cursor.end });
  return { scalar: 'Bytes', kind: 'wildcard', wildcard, foldCase };
}
