/**
 * Identifications for translated IPv4 packets without DF: several clients share a source address, and their own numbers
 * would collide there (RFC 6864 section 5.3.1, row P10). A packet with DF keeps its number, which nobody looks at
 * (section 4.1).
 *
 * One global counter would tell an observer how much the gateway sends elsewhere, and one for each destination would need
 * unbounded memory: so there is a fixed set, picked by a keyed hash of source, destination and protocol, each with a
 * random start.
 */
import { ipv4MayBeCut, ipv4Protocol, setIpv4Identification } from '../wire/ipv4.ts';
import { EVERY_PORT, type PortShare } from '../wire/port-share.ts';
import { finishHash, mix } from './flow-hash.ts';
import type { RandomBelow } from './random.ts';

const ALL_NUMBERS = 0x1_0000;
const COUNTERS = 4096;
const IPV4_SOURCE = 12;
const IPV4_DESTINATION = 16;

export class Ipv4Identifications {
  readonly #next: Uint16Array;
  readonly #seed: number;
  /** Workers send from the same addresses, so each has its own part of the numbers. */
  readonly #first: number;
  readonly #count: number;

  constructor(random: RandomBelow, { worker, workers }: PortShare = EVERY_PORT) {
    this.#count = Math.floor(ALL_NUMBERS / workers);
    this.#first = worker * this.#count;
    this.#next = Uint16Array.from({ length: COUNTERS }, () => random(this.#count));
    this.#seed = random(0x1_0000_0000) | 0;
  }

  /** Renumbers the packet at `at` if DF is not set. A super-packet uses `segments` numbers, one for each of its segments. */
  renew(view: DataView, at: number, segments: number): void {
    if (!ipv4MayBeCut(view, at)) return;
    const ends = mix(mix(this.#seed, view.getInt32(at + IPV4_SOURCE)), view.getInt32(at + IPV4_DESTINATION));
    const counter = finishHash(mix(ends, ipv4Protocol(view, at))) & (COUNTERS - 1);
    const following = this.#next[counter] ?? 0;
    // The device counts on by itself, past this worker's part of the numbers and into another's.
    const next = following + segments > this.#count ? 0 : following;
    this.#next[counter] = (next + segments) % this.#count;
    setIpv4Identification(view, at, this.#first + next);
  }
}
