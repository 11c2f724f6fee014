/**
 * A flow's record: 23 words of 32 bits in one Uint32Array, no object. `INNER` is what the client dialled, a synthetic
 * address or a literal one, `REMOTE` the real destination. The three addresses that flows share (client, inner, egress)
 * are stored elsewhere in the same array, and the record has the index of their first word. An address is four words,
 * IPv4 in the last.
 *
 *      client ──CLIENT:client port──▶ INNER:port   │ gateway │   EGRESS:external port ──▶ REMOTE:port
 */
export const CLIENT_AT = 0;
/** A literal destination is the record's own `REMOTE`. */
export const INNER_AT = 1;
export const EGRESS_AT = 2;
/** The address itself, four words. */
export const REMOTE = 3;
/** Client port (high half) and destination port (low half); an echo has its identifier as client port, and 0 as the other. */
export const PORTS = 7;
/** External port (high half), protocol (bits 8–15), family (bits 0–7). */
export const OUTSIDE = 8;
/** When a packet that may refresh the flow was last seen, in whole seconds of the monotonic clock. */
export const LAST_SEEN = 9;
/**
 * Bits 0–7: see tcp-state.ts; zero for other protocols. Bits 8–31: the second of birth, modulo 2^24 (194 days), read only
 * to display the age.
 */
export const STATE = 10;
/** What the outbound rewrite adds to a sum: by the addresses (high half), by the port (low half). */
export const DELTAS = 11;
/** The lease's slot plus one; 0 for a literal destination. */
export const LEASE = 12;
/** What the gatekeeper noted about the flow, such as the rule that decided it; opaque here. */
export const VERDICT = 13;
/** Index of the egress address in the inventory (low half), number of the next hop at its uplink (high half). */
export const ROUTE = 14;
/** Flows of one mapping (RFC 4787 section 4.1) form a list; a flow's id plus one, 0 at the ends. */
export const MAPPING_NEXT = 15;
export const MAPPING_PREVIOUS = 16;
export const PACKETS_OUT = 17;
export const BYTES_OUT = 18; // two words, low first
export const PACKETS_IN = 20;
export const BYTES_IN = 21; // two words, low first
export const RECORD_WORDS = 23;

/** Words of a record followed by its addresses, so that it can be read by itself. */
export const COPY_WORDS = RECORD_WORDS + 12;

const WORD = 0x1_0000_0000;

/** Copies the record that starts at `base` to `at` of another array, followed by its addresses: client, inner, egress. */
export function copyRecord(words: Uint32Array, base: number, copies: Uint32Array, at: number): void {
  for (let word = 0; word < RECORD_WORDS; word++) copies[at + word] = words[base + word] ?? 0;
  for (let which = CLIENT_AT; which <= EGRESS_AT; which++) {
    const from = words[base + which] ?? 0;
    const to = at + RECORD_WORDS + which * 4;
    for (let word = 0; word < 4; word++) copies[to + word] = words[from + word] ?? 0;
    copies[at + which] = to;
  }
}

/** Adds a packet of `bytes` bytes to the counters at `packets` and `bytesAt` of the record that starts at `base`. */
export function countPacket(
  words: Uint32Array,
  base: number,
  packets: number,
  bytesAt: number,
  bytes: number,
): void {
  words[base + packets] = (words[base + packets] ?? 0) + 1;
  const low = (words[base + bytesAt] ?? 0) + bytes;
  words[base + bytesAt] = low;
  if (low >= WORD) words[base + bytesAt + 1] = (words[base + bytesAt + 1] ?? 0) + 1;
}

/** The 64-bit counter at `at`, exact up to 2^53. */
export function readCounter(words: Uint32Array, at: number): number {
  return (words[at] ?? 0) + (words[at + 1] ?? 0) * WORD;
}

/** The second of birth is kept in this many bits. */
const BIRTH_MASK = 0xff_ffff;

/** The flow's `STATE` word at birth. */
export function bornAt(now: number): number {
  return ((now & BIRTH_MASK) << 8) >>> 0;
}

/** Whole seconds since birth. */
export function ageOf(stateWord: number, now: number): number {
  return (now - (stateWord >>> 8)) & BIRTH_MASK;
}
