/** Literals whose type is not known in advance, such as arguments of a function. */
import { readAddress } from '../values/address-range.ts';
import { ADDRESS_CHARACTERS, type Cursor } from './cursor.ts';
import { ExpressionError } from './expression-error.ts';
import { lexBytes } from './lex-bytes.ts';
import { lexInt } from './lex-int.ts';

/** Whether an identifier is next, rather than a text or something that could be hexadecimal bytes. */
export function startsName({ text, at }: Cursor): boolean {
  return /^(?!r#*")[0-9a-fA-F]{0,2}[g-zG-Z_]/.test(text.slice(at, at + MOST_BEFORE_TEXT));
}

/** Room for `r`, 255 hashes (the most of a raw string), and the quote. */
const MOST_BEFORE_TEXT = 257;

/** Consumes an address, an integer or bytes, tried in the engine's order. Throws ExpressionError when none of them is next. */
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
