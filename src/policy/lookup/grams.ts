/** Runs of four bytes, ASCII letters folded, as 32-bit integers: a text contains another only if it has all its grams. */

export const GRAM_BYTES = 4;

/** None for a text that is shorter than a gram. */
export function gramsOf(text: string): readonly number[] {
  const grams: number[] = [];
  let gram = 0;
  for (let at = 0; at < text.length; at++) {
    gram = appendToGram(gram, text.charCodeAt(at));
    if (at >= GRAM_BYTES - 1) grams.push(gram);
  }
  return grams;
}

/** The gram that ends with the byte. */
export function appendToGram(gram: number, byte: number): number {
  return (gram << 8) | (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte);
}
