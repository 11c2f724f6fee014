/**
 * The external ports of one egress address and one protocol: chosen at random among all usable ones (RFC 6056 section
 * 3.3.1, rows P9 and X6), never one that is taken (U3), and held back for a while after use (RFC 6888 REQ-8, row G8), so
 * that a late packet cannot reach the wrong client. Several mappings may hold one port if the caller makes sure that
 * their destinations differ (RFC 7857 section 3, row P4).
 */
import { EVERY_PORT, ownerOfPort } from '../wire/port-share.ts';
import { PortSet } from './port-set.ts';
import type { RandomBelow } from './random.ts';
import { isScarce } from './scarcity.ts';

/** First and last port, both included. */
export type PortRange = readonly [number, number];

/** Called with the change in used ports and in holders that share one. */
export type PortListener = (used: number, shared: number) => void;

const ALL_PORTS = 65_536;
/** Chosen by us: random tries before the linear search; enough up to some 90 % use. */
const RANDOM_TRIES = 16;

export class PortPool {
  readonly #usable: Uint16Array;
  /** Ports that are taken or resting. */
  readonly #busy = new PortSet();
  readonly #taken = new PortSet();
  /** How many hold a port besides the first; 0 when they have all left before it. Few pools ever have any. */
  readonly #sharers = new Map<number, number>();
  readonly #random: RandomBelow;
  readonly #restSeconds: number;
  readonly #resting = new RestQueue();
  readonly #onChange: PortListener;
  #inUse = 0;
  #shared = 0;

  /** `usable` comes from `listPorts` and may be shared between pools. */
  constructor(
    usable: Uint16Array,
    restSeconds: number,
    random: RandomBelow,
    onChange: PortListener = () => {},
  ) {
    this.#usable = usable;
    this.#restSeconds = restSeconds;
    this.#random = random;
    this.#onChange = onChange;
  }

  /** The number of usable ports. */
  get capacity(): number {
    return this.#usable.length;
  }

  /** How many of them live mappings hold; resting ones do not count. */
  get inUse(): number {
    return this.#inUse;
  }

  /** Holders of shared ports, not counting the first of each. */
  get shared(): number {
    return this.#shared;
  }

  /** Whether few ports are left at `now`, in whole seconds. */
  isScarce(now: number): boolean {
    this.#wake(now);
    return isScarce(this.#inUse + this.#resting.length, this.#usable.length);
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
    this.#hold(port);
    return port;
  }

  /** Takes this port if it is usable and free; whether it was. `now` is in whole seconds. */
  takeExactly(port: number, now: number): boolean {
    this.#wake(now);
    if (this.#busy.has(port) || !this.#usable.includes(port)) return false;
    this.#hold(port);
    return true;
  }

  /** Takes a port that is already held and that `suits`, or -1 when a few tries find none. */
  share(suits: (port: number) => boolean): number {
    for (let tries = 0; tries < RANDOM_TRIES; tries++) {
      const port = this.#usable[this.#random(this.#usable.length)] ?? 0;
      if (!this.#taken.has(port) || !suits(port)) continue;
      this.#sharers.set(port, (this.#sharers.get(port) ?? 0) + 1);
      this.#count(0, 1);
      return port;
    }
    return -1;
  }

  /**
   * Gives a port back. It rests unless the use ended cleanly (a TCP connection closed by both sides); a port that was shared
   * always rests, since how the others ended is not kept.
   */
  release(port: number, now: number, clean: boolean): void {
    if (this.#dropSharer(port)) return;
    const wasShared = this.#sharers.delete(port);
    this.#count(-1, 0);
    this.#taken.delete(port);
    if (clean && !wasShared) this.#busy.delete(port);
    else this.#resting.add(port, now + this.#restSeconds);
  }

  #hold(port: number): void {
    this.#busy.add(port);
    this.#taken.add(port);
    this.#count(1, 0);
  }

  #wake(now: number): void {
    for (let port = this.#resting.wake(now); port !== -1; port = this.#resting.wake(now))
      this.#busy.delete(port);
  }

  #pick(): number {
    for (let tries = 0; tries < RANDOM_TRIES; tries++) {
      const port = this.#usable[this.#random(this.#usable.length)] ?? 0;
      if (!this.#busy.has(port)) return port;
    }
    let at = this.#random(this.#usable.length);
    while (this.#busy.has(this.#usable[at] ?? 0)) at = (at + 1) % this.#usable.length;
    return this.#usable[at] ?? 0;
  }

  /** Whether others still hold the port that one of its holders gives back. */
  #dropSharer(port: number): boolean {
    const sharers = this.#sharers.get(port) ?? 0;
    if (sharers === 0) return false;
    this.#sharers.set(port, sharers - 1);
    this.#count(0, -1);
    return true;
  }

  #count(used: number, shared: number): void {
    this.#inUse += used;
    this.#shared += shared;
    this.#onChange(used, shared);
  }
}

/** All ports of `ranges` that belong to `share`. */
export function listPorts(ranges: readonly PortRange[], share = EVERY_PORT): Uint16Array {
  const ports = new Uint16Array(ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0));
  let count = 0;
  for (const [first, last] of ranges)
    for (let port = first; port <= last; port++)
      if (ownerOfPort(port, share) === share.worker) ports[count++] = port;
  return ports.slice(0, count);
}

/** Resting ports, first in first out, since every rest takes equally long. */
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

  /** Removes and returns a port whose rest is over; -1 when there is none. */
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
