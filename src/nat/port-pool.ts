/**
 * The external ports of one egress address and one protocol: chosen at random over everything that may be used (RFC 6056
 * section 3.3.1, rows P9 and X6), never one that is taken (U3), and after use kept back for a rest (RFC 6888 REQ-8, row
 * G8), so that a late packet cannot reach the wrong client.
 */
import type { RandomBelow } from './random.ts';

/** First and last port, both included. */
export type PortRange = readonly [number, number];

const ALL_PORTS = 65_536;
/** Chosen by us: a client alone in its IPv6 range costs one page of 256 bytes, a busy address all 32. */
const PAGE_PORTS = 2048;
/** Chosen by us: random tries before the search in order, enough up to some 90 % use. */
const RANDOM_TRIES = 16;

export class PortPool {
  readonly #usable: Uint16Array;
  /** One bit a port: taken or resting; in pages that are made when a port of theirs is. */
  readonly #busy: (Uint32Array | undefined)[] = new Array(ALL_PORTS / PAGE_PORTS).fill(undefined);
  readonly #random: RandomBelow;
  readonly #restSeconds: number;
  readonly #resting = new RestQueue();
  #inUse = 0;

  /** `usable` comes from `listPorts` and may be shared between pools. */
  constructor(usable: Uint16Array, restSeconds: number, random: RandomBelow) {
    this.#usable = usable;
    this.#restSeconds = restSeconds;
    this.#random = random;
  }

  /** Ports that exist, and those that live mappings hold. */
  get capacity(): number {
    return this.#usable.length;
  }

  get inUse(): number {
    return this.#inUse;
  }

  /** Whether no port is held or rests: a pool like this need not be kept. */
  isIdle(now: number): boolean {
    this.#wake(now);
    return this.#inUse === 0 && this.#resting.length === 0;
  }

  /** Takes a free port, or -1 when none is left. `now` is in whole seconds. */
  take(now: number): number {
    this.#wake(now);
    if (this.#inUse + this.#resting.length >= this.#usable.length) return -1;
    const port = this.#pick();
    this.#setBusy(port, true);
    this.#inUse++;
    return port;
  }

  /** Gives a port back. It rests unless the use came to a clean end (a TCP connection closed by both sides). */
  release(port: number, now: number, clean: boolean): void {
    this.#inUse--;
    if (clean) this.#setBusy(port, false);
    else this.#resting.add(port, now + this.#restSeconds);
  }

  #wake(now: number): void {
    for (let port = this.#resting.wake(now); port !== -1; port = this.#resting.wake(now))
      this.#setBusy(port, false);
  }

  #pick(): number {
    for (let tries = 0; tries < RANDOM_TRIES; tries++) {
      const port = this.#usable[this.#random(this.#usable.length)] ?? 0;
      if (!this.#isBusy(port)) return port;
    }
    let at = this.#random(this.#usable.length);
    while (this.#isBusy(this.#usable[at] ?? 0)) at = (at + 1) % this.#usable.length;
    return this.#usable[at] ?? 0;
  }

  #isBusy(port: number): boolean {
    const page = this.#busy[Math.trunc(port / PAGE_PORTS)];
    return ((page?.[(port % PAGE_PORTS) >>> 5] ?? 0) & (1 << (port & 31))) !== 0;
  }

  #setBusy(port: number, busy: boolean): void {
    const number = Math.trunc(port / PAGE_PORTS);
    const page = this.#busy[number] ?? new Uint32Array(PAGE_PORTS / 32);
    this.#busy[number] = page;
    const at = (port % PAGE_PORTS) >>> 5;
    const word = page[at] ?? 0;
    const bit = 1 << (port & 31);
    page[at] = busy ? word | bit : word & ~bit;
  }
}

/** The ports of some ranges, one after the other. */
export function listPorts(ranges: readonly PortRange[]): Uint16Array {
  const ports = new Uint16Array(ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0));
  let count = 0;
  for (const [first, last] of ranges) for (let port = first; port <= last; port++) ports[count++] = port;
  return ports;
}

/** Ports at rest, oldest first; every rest is as long, so the order of coming is the order of going. */
class RestQueue {
  /** The second at which the port is free again, times 2^16, plus the port. */
  #entries: number[] = [];
  #head = 0;

  get length(): number {
    return this.#entries.length - this.#head;
  }

  add(port: number, until: number): void {
    this.#entries.push(until * ALL_PORTS + port);
  }

  /** A port whose rest is over, taken out; -1 when there is none. */
  wake(now: number): number {
    const entry = this.#entries[this.#head];
    if (entry === undefined || Math.floor(entry / ALL_PORTS) > now) return -1;
    this.#head++;
    if (this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return entry % ALL_PORTS;
  }
}
