/**
 * Hashes of flow keys: a multiply-xorshift mix over the words, keyed by a random seed drawn at start, so that no outsider
 * can craft packets that collide.
 */

/**
 * Hash of a flow key: two addresses, at `one[oneAt..oneAt+4)` and `other[otherAt..otherAt+4)`, both ports packed in one
 * word, and the protocol.
 */
export function hashKey(
  seed: number,
  one: Uint32Array,
  oneAt: number,
  other: Uint32Array,
  otherAt: number,
  ports: number,
  protocol: number,
): number {
  const hash = hashWords(hashWords(seed, one, oneAt, 4), other, otherAt, 4);
  return finishHash(mix(mix(hash, ports), protocol));
}

/** `words[from..from+count)` mixed into `seed`. */
export function hashWords(seed: number, words: Uint32Array, from: number, count: number): number {
  let hash = seed;
  for (let at = from; at < from + count; at++) hash = mix(hash, words[at] ?? 0);
  return hash;
}

/** One step: `word` mixed into `hash`. Returns a signed 32-bit number. */
export function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e37_79b1);
  return mixed ^ (mixed >>> 15);
}

/**
 * The final mix, so that every bit of the key reaches the low bits that choose the place. Signed, like all hashes here: an
 * unsigned 32-bit number would become an object wherever the engine does not inline.
 */
export function finishHash(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2_ae35);
  return twice ^ (twice >>> 16);
}
