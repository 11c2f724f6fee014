/**
 * Grams: runs of four bytes, with ASCII letters in lower case, as 32-bit integers. A text can contain another only if it has
 * all of its grams.
 */

export const GRAM_BYTES = 4;

/** All grams of a byte string, in order; none for one shorter than a gram. */
export function gramsOf(text: string): readonly number[] {
  const grams: number[] = [];
  let gram = 0;
  for (let at = 0; at < text.length; at++) {
    gram = appendToGram(gram, text.charCodeAt(at));
    if (at >= GRAM_BYTES - 1) grams.push(gram);
  }
  return grams;
}

/** The gram that results when `byte` follows `gram`. */
export function appendToGram(gram: number, byte: number): number {
  return (gram << 8) | (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte);
}
