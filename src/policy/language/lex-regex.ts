/**
 * Regex literals. They differ from text literals: a backslash is part of the regex unless it precedes a quote, and a quote
 * inside brackets does not end the literal.
 */

import { decodeText } from '../values/text-value.ts';
import type { Cursor } from './cursor.ts';
import type { Span } from './expression-error.ts';
import { lexText } from './lex-bytes.ts';

export interface RegexLiteral {
  readonly pattern: string;
  /** The pattern without its quotes. */
  readonly span: Span;
}

export function lexRegex(cursor: Cursor): RegexLiteral {
  if (cursor.accept('"')) return lexQuotedRegex(cursor);
  const start = cursor.at;
  const raw = lexText(cursor);
  const hashes = cursor.text.indexOf('"', start) - start - 1;
  return {
    pattern: decodeText(raw),
    span: { start: start + hashes + 2, end: cursor.at - hashes - 1 },
  };
}

function lexQuotedRegex(cursor: Cursor): RegexLiteral {
  const start = cursor.at;
  let pattern = '';
  let bracketed = false;
  for (;;) {
    const at = cursor.at;
    const character = cursor.next();
    if (character === undefined) {
      throw cursor.error('syntax', 'could not find an ending quote', { start, end: cursor.end });
    }
    if (character === '"' && !bracketed) return { pattern, span: { start, end: at } };
    if (character === '[') bracketed = true;
    else if (character === ']') bracketed = false;
    pattern += character === '\\' ? keepEscape(cursor.next() ?? '', bracketed) : character;
  }
}

function keepEscape(escaped: string, bracketed: boolean): string {
  return escaped === '"' && !bracketed ? escaped : `\\${escaped}`;
}
