/** Integer literals: decimal, `0x` hexadecimal, octal after a leading zero; 64 bits, signed. */
import { type Cursor, HEX_DIGITS } from './cursor.ts';

/** Both ends included. */
export interface IntRange {
  readonly first: number;
  readonly last: number;
}

const LARGEST = 2n ** 63n - 1n;
const SMALLEST = -(2n ** 63n);

/** An integer. Beyond 2^53 it is rounded to the nearest number that JavaScript represents. Throws ExpressionError. */
export function lexInt(cursor: Cursor): number {
  return Number(lexExactInt(cursor));
}

/** An integer with full 64-bit precision. Throws ExpressionError. */
export function lexExactInt(cursor: Cursor): bigint {
  const radix = lexRadix(cursor);
  const start = cursor.at;
  const negative = radix === 10 && cursor.accept('-');
  // Digits of any radix are consumed, so that an error covers all of them.
  const digits = cursor.takeWhile(HEX_DIGITS, 'digit');
  const span = cursor.spanFrom(start);
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
  return value;
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

/** A leading zero means octal and is kept as a digit; after a minus sign it has no meaning. */
function lexRadix(cursor: Cursor): 8 | 10 | 16 {
  if (cursor.accept('0x')) return 16;
  return cursor.startsWith('0') ? 8 : 10;
}

function parseDigits(digits: string, radix: 8 | 10 | 16): bigint | undefined {
  switch (radix) {
    case 8:
      return /[^0-7]/.test(digits) ? undefined : BigInt(`0o${digits}`);
    case 10:
      return /\D/.test(digits) ? undefined : BigInt(digits);
    case 16:
      return BigInt(`0x${digits}`);
  }
}
