/** Literals of yet unknown type, such as a function's arguments may be. */
import { readAddress } from '../values/address-range.ts';
import { ADDRESS_CHARACTERS, type Cursor } from './cursor.ts';
import { ExpressionError } from './expression-error.ts';
import { lexBytes } from './lex-bytes.ts';
import { lexInt } from './lex-int.ts';

/** Whether a name stands here, and no text, and nothing that could be bytes in hexadecimal. */
export function startsName({ text, at }: Cursor): boolean {
  return /^(?!r#*")[0-9a-fA-F]{0,2}[g-zG-Z_]/.test(text.slice(at, at + MOST_BEFORE_TEXT));
}

/** Room for `r`, the most hashes that a raw text may have, and its quote. */
const MOST_BEFORE_TEXT = 257;

/** Steps over an address, a number, or bytes, tried in the engine's order. Throws ExpressionError when none stands here. */
export function passLiteral(cursor: Cursor): void {
  if (/["r]/.test(cursor.text.charAt(cursor.at))) {
    lexBytes(cursor);
    return;
  }
  const start = cursor.at;
  for (const lex of [lexAddress, lexInt, lexBytes]) {
    if (succeeds(() => lex(cursor))) return;
    cursor.at = start;
  }
  throw cursor.error('syntax', 'unrecognised input');
}

function lexAddress(cursor: Cursor): void {
  const address = readAddress(cursor.takeWhile(ADDRESS_CHARACTERS, 'IP address character'));
  if (typeof address === 'string') throw cursor.error('value', address);
}

function succeeds(lex: () => unknown): boolean {
  try {
    lex();
    return true;
  } catch (error) {
    if (error instanceof ExpressionError) return false;
    throw error;
  }
}
