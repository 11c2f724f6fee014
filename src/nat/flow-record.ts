/**
 * A flow's record: 32 words of 32 bits in one Uint32Array, two cache lines, no object. The four addresses are four words
 * each (IPv4 in the last); `INNER` is what the client dialled, a synthetic address or a literal one, `REMOTE` the real
 * destination.
 *
 *      client ──CLIENT:client port──▶ INNER:port   │ gateway │   EGRESS:external port ──▶ REMOTE:port
 */
export const CLIENT = 0;
export const INNER = 4;
export const REMOTE = 8;
export const EGRESS = 12;
/** Client port (high half) and destination port (low half); an echo has its identifier as client port and 0 below. */
export const PORTS = 16;
/** External port (high half), protocol (bits 8–15), family (bits 0–7). */
export const OUTSIDE = 17;
/** Whole seconds of the monotonic clock when a packet was last seen that may refresh the flow. */
export const LAST_SEEN = 18;
/**
 * Bits 0–7: see tcp-state.ts; for other protocols nothing. Bits 8–31: the second of birth, modulo 2^24 (194 days), which
 * only the display of the age reads.
 */
export const STATE = 19;
/** What the outbound rewrite adds to a sum: by the addresses (high half), by the port (low half). */
export const DELTAS = 20;
/** The lease's slot plus one; 0 for a literal destination. */
export const LEASE = 21;
/** What the gatekeeper wants to know of the flow again, such as the rule it was born with; opaque here. */
export const VERDICT = 22;
/** Index of the egress address in the inventory (low half), number of the next hop at its uplink (high half). */
export const ROUTE = 23;
/** Flows of one mapping (RFC 4787 section 4.1) form a list; a flow's id plus one, 0 at the ends. */
export const MAPPING_NEXT = 24;
export const MAPPING_PREVIOUS = 25;
export const PACKETS_OUT = 26;
export const BYTES_OUT = 27; // two words, low first
export const PACKETS_IN = 29;
export const BYTES_IN = 30; // two words, low first
export const RECORD_WORDS = 32;

const WORD = 0x1_0000_0000;

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
