/** Runs of four bytes, ASCII letters folded, as 32-bit integers: a text contains another only if it has all its grams. */

const GRAM_BYTES = 4;

/** None for a text that is shorter than a gram. */
export function gramsOf(text: string): readonly number[] {
  const grams: number[] = [];
  eachGram(text, (gram) => grams.push(gram));
  return grams;
}

export function eachGram(text: string, take: (gram: number) => void): void {
  let gram = 0;
  for (let at = 0; at < text.length; at++) {
    gram = (gram << 8) | foldByte(text.charCodeAt(at));
    if (at >= GRAM_BYTES - 1) take(gram);
  }
}

function foldByte(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}
