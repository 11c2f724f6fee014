/**
 * SipHash-2-4, the keyed hash of server cookies (RFC 9018 section 4.4), which `node:crypto` does not provide.
 */
export const SIP_KEY_BYTES = 16;

const WORD_BYTES = 8;
const COMPRESSION_ROUNDS = 2;
const FINALIZATION_ROUNDS = 4;
/** "somepseudorandomlygeneratedbytes", in words. */
const INITIAL = [0x736f6d6570736575n, 0x646f72616e646f6dn, 0x6c7967656e657261n, 0x7465646279746573n] as const;

type State = [v0: bigint, v1: bigint, v2: bigint, v3: bigint];

/** The hash as eight bytes, least significant first. The key must have 16 bytes. */
export function sipHash(key: Uint8Array, message: Uint8Array): Uint8Array {
  const low = readWord(key, 0);
  const high = readWord(key, WORD_BYTES);
  const [i0, i1, i2, i3] = INITIAL;
  const state: State = [i0 ^ low, i1 ^ high, i2 ^ low, i3 ^ high];
  for (const word of wordsOf(message)) {
    state[3] ^= word;
    for (let round = 0; round < COMPRESSION_ROUNDS; round++) mix(state);
    state[0] ^= word;
  }
  state[2] ^= 0xffn;
  for (let round = 0; round < FINALIZATION_ROUNDS; round++) mix(state);
  const hash = new Uint8Array(WORD_BYTES);
  new DataView(hash.buffer).setBigUint64(0, state[0] ^ state[1] ^ state[2] ^ state[3], true);
  return hash;
}

/** The message as 64-bit words. The last one holds the remaining bytes, and in its highest byte the length of the message. */
function wordsOf(message: Uint8Array): BigUint64Array {
  const words = new BigUint64Array(Math.floor(message.length / WORD_BYTES) + 1);
  const padded = new Uint8Array(words.length * WORD_BYTES);
  padded.set(message);
  padded[padded.length - 1] = message.length;
  return words.map((_, index) => readWord(padded, index * WORD_BYTES));
}

function readWord(bytes: Uint8Array, at: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(at, true);
}

function mix(state: State): void {
  let [v0, v1, v2, v3] = state;
  v0 = add(v0, v1);
  v1 = rotate(v1, 13n) ^ v0;
  v0 = rotate(v0, 32n);
  v2 = add(v2, v3);
  v3 = rotate(v3, 16n) ^ v2;
  v0 = add(v0, v3);
  v3 = rotate(v3, 21n) ^ v0;
  v2 = add(v2, v1);
  v1 = rotate(v1, 17n) ^ v2;
  v2 = rotate(v2, 32n);
  state[0] = v0;
  state[1] = v1;
  state[2] = v2;
  state[3] = v3;
}

function add(one: bigint, other: bigint): bigint {
  return BigInt.asUintN(64, one + other);
}

function rotate(word: bigint, bits: bigint): bigint {
  return BigInt.asUintN(64, word << bits) | (word >> (64n - bits));
}
