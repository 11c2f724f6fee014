/** Byte-string literals: quoted with escapes, raw, or hexadecimal bytes. The value is a byte string. */

import { encodeText } from '../values/text-value.ts';
import type { Cursor } from './cursor.ts';

const MOST_HASHES = 255;
const TOO_MANY_HASHES = `invalid raw string hash count, there can't be more than ${MOST_HASHES} #s`;
/** The engine's message for an expression that ends too early. */
const END = 'unrecognised input';
const MISSING_QUOTE = 'could not find an ending quote';

/** A byte-string literal in any of the three forms. Throws ExpressionError. */
export function lexBytes(cursor: Cursor): string {
  if (cursor.accept('"')) return lexQuoted(cursor);
  return cursor.startsWith('r') ? lexRawString(cursor) : lexHexBytes(cursor);
}

/** A quoted or raw text, where hexadecimal bytes are not allowed. Throws ExpressionError. */
export function lexText(cursor: Cursor): string {
  if (cursor.accept('"')) return lexQuoted(cursor);
  if (cursor.startsWith('r')) return lexRawString(cursor);
  throw cursor.done ? cursor.error('syntax', END) : cursor.error('syntax', 'expected " or r');
}

/** The content of a raw string (`r"…"`, `r#"…"#`); the cursor is at the `r`. */
function lexRawString(cursor: Cursor): string {
  cursor.accept('r');
  const behind = { start: cursor.at, end: cursor.end };
  let hashes = '';
  while (cursor.accept('#')) hashes += '#';
  if (hashes.length > MOST_HASHES) throw cursor.error('syntax', TOO_MANY_HASHES, behind);
  if (!cursor.accept('"')) throw cursor.error('syntax', 'expected " or #');
  const start = cursor.at;
  const closing = `"${hashes}`;
  const end = cursor.text.indexOf(closing, start);
  if (end === -1 || end + closing.length > cursor.end) throw cursor.error('syntax', MISSING_QUOTE, behind);
  cursor.at = end + closing.length;
  return encodeText(cursor.text.slice(start, end));
}

function lexQuoted(cursor: Cursor): string {
  const body = { start: cursor.at, end: cursor.end };
  let bytes = '';
  for (;;) {
    const character = cursor.next();
    if (character === undefined) throw cursor.error('syntax', MISSING_QUOTE, body);
    if (character === '"') return bytes;
    if (character !== '\\') bytes += encodeText(character);
    else if (cursor.done) throw cursor.error('syntax', MISSING_QUOTE, body);
    else bytes += lexEscape(cursor);
  }
}

function lexEscape(cursor: Cursor): string {
  const start = cursor.at;
  const character = cursor.next();
  if (character === '"' || character === '\\') return character;
  if (character === 'x') return lexByte(cursor, 2, 16);
  if (character !== undefined && character >= '0' && character <= '7') {
    cursor.at = start;
    return lexByte(cursor, 3, 8);
  }
  throw cursor.error('syntax', 'expected ", xHH or OOO after \\', cursor.spanFrom(start));
}

function lexHexBytes(cursor: Cursor): string {
  if (cursor.done) throw cursor.error('syntax', END);
  let bytes = lexByte(cursor, 2, 16);
  const separator = { start: cursor.at, end: Math.min(cursor.at + 1, cursor.end) };
  if (cursor.done) throw cursor.error('syntax', 'expected 1 characters, but found 0');
  if (!/[:.-]/.test(cursor.text.charAt(cursor.at))) {
    throw cursor.error('syntax', 'expected byte separator', separator);
  }
  while (!cursor.done && /[:.-]/.test(cursor.text.charAt(cursor.at))) {
    cursor.at++;
    bytes += lexByte(cursor, 2, 16);
  }
  return bytes;
}

/** One byte, written with exactly `count` digits. */
function lexByte(cursor: Cursor, count: number, radix: 8 | 16): string {
  const start = cursor.at;
  for (let taken = 0; taken < count; taken++) {
    if (cursor.next() !== undefined) continue;
    const span = { start, end: cursor.end };
    throw cursor.error('syntax', `expected ${count} characters, but found ${taken}`, span);
  }
  const span = cursor.spanFrom(start);
  const digits = cursor.text.slice(start, cursor.at);
  // Rust's integer parser accepts a leading plus sign.
  if (!(radix === 16 ? /^\+?[0-9a-fA-F]+$/ : /^\+?[0-7]+$/).test(digits)) {
    const message = `invalid digit found in string while parsing with radix ${radix}`;
    throw cursor.error('syntax', message, span);
  }
  const value = Number.parseInt(digits, radix);
  if (value > 0xff) {
    const message = `number too large to fit in target type while parsing with radix ${radix}`;
    throw cursor.error('value', message, span);
  }
  return String.fromCharCode(value);
}
