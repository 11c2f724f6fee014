/**
 * Which flows share a mapping: one inside endpoint (client and its port) with one external port at one egress address
 * (RFC 4787 section 4.1, rows U1 and T1). They form a list linked through their records; the index finds its head.
 */
import { isSameAddress } from '../wire/address-words.ts';
import type { PacketView } from '../wire/packet-view.ts';
import { hashKey } from './flow-hash.ts';
import {
  CLIENT_AT,
  EGRESS_AT,
  MAPPING_NEXT,
  MAPPING_PREVIOUS,
  OUTSIDE,
  PORTS,
  RECORD_WORDS,
} from './flow-record.ts';
import { HashIndex } from './hash-index.ts';

export class FlowMappings {
  readonly #words: Uint32Array;
  readonly #seed: number;
  readonly #heads: HashIndex;

  /** `words` holds the flows' records and addresses, for ids below `capacity`. */
  constructor(words: Uint32Array, capacity: number, seed: number) {
    this.#words = words;
    this.#seed = seed;
    this.#heads = new HashIndex(capacity, (id) => this.#hashOf(id));
  }

  /** Bytes that the index takes. */
  get byteLength(): number {
    return this.#heads.byteLength;
  }

  /** An external port that the packet's inside endpoint has at an egress address and that `suits`, or -1. */
  find(packet: PacketView, egress: Uint32Array, suits: (port: number) => boolean): number {
    const { addresses, protocol, family, sourcePort } = packet;
    const words = this.#words;
    const kind = (protocol << 8) | family;
    const hash = hashKey(this.#seed, addresses, 0, egress, 0, sourcePort, protocol);
    let place = this.#heads.first(hash);
    while (place !== -1) {
      const base = this.#heads.idAt(place) * RECORD_WORDS;
      const outside = words[base + OUTSIDE] ?? 0;
      const sameEnd = (words[base + PORTS] ?? 0) >>> 16 === sourcePort && (outside & 0xffff) === kind;
      if (sameEnd && isSameAddress(words, words[base + CLIENT_AT] ?? 0, addresses, 0)) {
        const isThere = isSameAddress(words, words[base + EGRESS_AT] ?? 0, egress, 0);
        if (isThere && suits(outside >>> 16)) return outside >>> 16;
      }
      place = this.#heads.next(hash, place);
    }
    return -1;
  }

  /** Puts a flow whose record is filled at the head of its mapping. */
  join(id: number): void {
    const words = this.#words;
    const base = id * RECORD_WORDS;
    const hash = this.#hashOf(id);
    const head = this.#headFor(hash, base);
    if (head === -1) {
      this.#heads.add(hash, id);
      return;
    }
    words[base + MAPPING_NEXT] = head + 1;
    words[head * RECORD_WORDS + MAPPING_PREVIOUS] = id + 1;
    this.#heads.replace(hash, head, id);
  }

  /** Takes a flow out; true when it was the last of its mapping. */
  leave(id: number): boolean {
    const words = this.#words;
    const base = id * RECORD_WORDS;
    const next = (words[base + MAPPING_NEXT] ?? 0) - 1;
    const previous = (words[base + MAPPING_PREVIOUS] ?? 0) - 1;
    if (next !== -1) words[next * RECORD_WORDS + MAPPING_PREVIOUS] = previous + 1;
    if (previous !== -1) {
      words[previous * RECORD_WORDS + MAPPING_NEXT] = next + 1;
      return false;
    }
    if (next === -1) this.#heads.remove(this.#hashOf(id), id);
    else this.#heads.replace(this.#hashOf(id), id, next);
    return next === -1;
  }

  /** The head of the mapping that the flow at `base` belongs to, or -1. */
  #headFor(hash: number, base: number): number {
    const words = this.#words;
    let place = this.#heads.first(hash);
    while (place !== -1) {
      const other = this.#heads.idAt(place) * RECORD_WORDS;
      const samePort = (words[base + PORTS] ?? 0) >>> 16 === (words[other + PORTS] ?? 0) >>> 16;
      if (samePort && words[base + OUTSIDE] === words[other + OUTSIDE]) {
        // Flows share one copy of an address, so its place identifies it.
        const sameClient = words[base + CLIENT_AT] === words[other + CLIENT_AT];
        if (sameClient && words[base + EGRESS_AT] === words[other + EGRESS_AT])
          return this.#heads.idAt(place);
      }
      place = this.#heads.next(hash, place);
    }
    return -1;
  }

  #hashOf(id: number): number {
    const words = this.#words;
    const base = id * RECORD_WORDS;
    const client = words[base + CLIENT_AT] ?? 0;
    const egress = words[base + EGRESS_AT] ?? 0;
    const protocol = ((words[base + OUTSIDE] ?? 0) >>> 8) & 0xff;
    return hashKey(this.#seed, words, client, words, egress, (words[base + PORTS] ?? 0) >>> 16, protocol);
  }
}
