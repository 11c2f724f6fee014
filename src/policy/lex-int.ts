/** Integer literals: decimal, `0x` hexadecimal, octal after a leading zero; 64 bits, signed (A.1). */
import { type Cursor, DIGITS, HEX_DIGITS } from './cursor.ts';

/** Both ends included. */
export interface IntRange {
  readonly first: number;
  readonly last: number;
}

const LARGEST = 2n ** 63n - 1n;
const SMALLEST = -(2n ** 63n);

/** The integer that stands here. Beyond 2^53 a value is rounded to the nearest number JavaScript can hold. */
export function lexInt(cursor: Cursor): number {
  const start = cursor.at;
  const negative = cursor.accept('-');
  const radix = lexRadix(cursor);
  const digitsStart = cursor.at;
  const digits = cursor.takeWhile(radix === 16 ? HEX_DIGITS : DIGITS, 'digit');
  const span = { start: radix === 16 ? digitsStart : start, end: cursor.at };
  const magnitude = parseDigits(digits, radix);
  if (magnitude === undefined) {
    throw cursor.error('value', `invalid digit found in string while parsing with radix ${radix}`, span);
  }
  const value = negative ? -magnitude : magnitude;
  if (value > LARGEST || value < SMALLEST) {
    const extreme = negative ? 'small' : 'large';
    throw cursor.error(
      'value',
      `number too ${extreme} to fit in target type while parsing with radix ${radix}`,
      span,
    );
  }
  return Number(value);
}

/** An integer, or `first..last`. */
export function lexIntRange(cursor: Cursor): IntRange {
  const start = cursor.at;
  const first = lexInt(cursor);
  if (!cursor.accept('..')) return { first, last: first };
  const last = lexInt(cursor);
  if (first > last) throw cursor.error('value', 'incompatible range bounds', cursor.spanFrom(start));
  return { first, last };
}

function lexRadix(cursor: Cursor): 8 | 10 | 16 {
  if (cursor.accept('0x')) return 16;
  return cursor.startsWith('0') && DIGITS.has(cursor.text.charAt(cursor.at + 1)) ? 8 : 10;
}

function parseDigits(digits: string, radix: 8 | 10 | 16): bigint | undefined {
  if (radix === 10) return BigInt(digits);
  if (radix === 16) return BigInt(`0x${digits}`);
  return /[89]/.test(digits) ? undefined : BigInt(`0o${digits}`);
}
