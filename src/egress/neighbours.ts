/**
 * The neighbour table of one uplink: resolves next hops to MAC addresses by ARP (RFC 826) and neighbour discovery (RFC
 * 4861), without the kernel's help. Pure: time is an argument, and `tick` returns the solicitations to send. Only
 * neighbours that were asked for are ever learned, so other nodes cannot make the table grow.
 */
import { type Address, addressesEqual, type Family, familyOf } from '../wire/address.ts';
import { isStationMac, type MacAddress, macsEqual } from '../wire/mac-address.ts';
import { Neighbour, type NeighbourState } from './neighbour.ts';
import type { NeighbourMessage } from './neighbour-message.ts';
import { NextHopSilence } from './next-hop-silence.ts';

/** Most neighbours; a handle's slot bits must hold it. Chosen by us. */
const CAPACITY = 1024;
const SLOT_RANGE = 4096;
/** A handle is 32 bits: the slot, and a generation below this. */
const GENERATION_RANGE = 2 ** 20;
/** `resolve` found no room: too many neighbours are being asked for. */
export const NO_NEIGHBOUR = -1;
/** `link` has no MAC yet: wait for the answer. */
export const LINK_PENDING = -1;
/** `link` knows that the neighbour does not answer: tell the client that the host is unreachable. */
export const LINK_UNREACHABLE = -2;
/** The neighbour behind the handle was forgotten: `resolve` again. */
export const LINK_FORGOTTEN = -3;

/** A solicitation to send now: to the whole link, or to `mac` alone. */
export interface Solicitation {
  readonly target: Address;
  readonly mac: MacAddress | undefined;
}

export interface NeighbourView {
  readonly slot: number;
  readonly address: Address;
  readonly mac: MacAddress | undefined;
  readonly state: NeighbourState;
  readonly kept: boolean;
}

export class NeighbourTable {
  readonly #kept: readonly Address[];
  readonly #capacity: number;
  readonly #byAddress = new Map<string, Neighbour>();
  readonly #slots: (Neighbour | undefined)[] = [];
  /** Counts the neighbours a slot has had, so that the handle of a forgotten one is recognised. */
  readonly #generations: number[] = [];
  readonly #onLink: (slot: number, mac: MacAddress) => void;
  #dueMs = Number.NEGATIVE_INFINITY;
  readonly #silences = { 4: new NextHopSilence(), 6: new NextHopSilence() } as const;

  /**
   * `kept` are the default next hops: resolved from the start and for ever. `onLink` is called with every MAC that a slot
   * gets, before the call that caused it returns.
   */
  constructor(options: {
    readonly kept: readonly Address[];
    readonly capacity?: number;
    readonly onLink?: (slot: number, mac: MacAddress) => void;
  }) {
    this.#kept = options.kept;
    this.#capacity = Math.min(options.capacity ?? CAPACITY, SLOT_RANGE);
    this.#onLink = options.onLink ?? (() => {});
  }

  /** A handle (32 bits) for `link`, valid until the neighbour is forgotten; asks for the MAC if it is new. Or `NO_NEIGHBOUR`. */
  resolve(nextHop: Address, nowMs: number): number {
    const known = this.#byAddress.get(keyOf(nextHop)) ?? this.#add(nextHop, nowMs);
    return known === undefined ? NO_NEIGHBOUR : this.#handleOf(known);
  }

  /** The slot whose MAC a packet may be sent to now, or one of the negative `LINK_` constants. Allocates nothing. */
  link(handle: number, nowMs: number): number {
    const slot = handle % SLOT_RANGE;
    const neighbour = this.#slots[slot];
    if (neighbour === undefined || this.#handleOf(neighbour) !== handle) return LINK_FORGOTTEN;
    neighbour.use(nowMs);
    if (neighbour.kept) this.#silenceOf(neighbour).sent(nowMs);
    if (neighbour.dueMs < this.#dueMs) this.#dueMs = neighbour.dueMs;
    if (neighbour.mac !== undefined) return slot;
    return neighbour.state === 'unreachable' ? LINK_UNREACHABLE : LINK_PENDING;
  }

  /** A packet of the family arrived on the uplink, so the path through its default next hop is alive. Cheap. */
  heard(family: Family, nowMs: number): void {
    this.#silences[family].heard(nowMs);
  }

  /** Takes what a message on the link says about neighbours that were asked for; true when a MAC changed. */
  observe(message: NeighbourMessage, nowMs: number): boolean {
    const subject = message.kind === 'advertisement' ? message.target : message.sender;
    if (subject === undefined || message.mac === undefined || !isStationMac(message.mac)) return false;
    const neighbour = this.#byAddress.get(keyOf(subject));
    if (neighbour === undefined) return false;
    const { mac } = neighbour;
    if (!message.override && mac !== undefined && !macsEqual(mac, message.mac)) {
      neighbour.suspect(nowMs); // RFC 4861 section 7.2.5: it may not replace the MAC, but it casts doubt on it
    } else if (neighbour.learn(message.mac, nowMs, message.confirmed)) {
      this.#onLink(neighbour.slot, message.mac);
      this.#dueMs = Math.min(this.#dueMs, neighbour.dueMs);
      return true;
    }
    this.#dueMs = Math.min(this.#dueMs, neighbour.dueMs);
    return false;
  }

  /** The solicitations that are due. Cheap when none is. */
  tick(nowMs: number): Solicitation[] {
    if (this.#silences[4].castsDoubt(nowMs)) this.#doubtDefaults(4, nowMs);
    if (this.#silences[6].castsDoubt(nowMs)) this.#doubtDefaults(6, nowMs);
    if (nowMs < this.#dueMs) return [];
    for (const nextHop of this.#kept) this.resolve(nextHop, nowMs);
    const due: Solicitation[] = [];
    this.#dueMs = Number.POSITIVE_INFINITY;
    for (const neighbour of this.#byAddress.values()) {
      const step = neighbour.advance(nowMs, this.#silenceOf(neighbour).wasHeardLately(nowMs));
      if (step === 'forget') this.#remove(neighbour);
      else {
        if (step === 'unicast') due.push({ target: neighbour.address, mac: neighbour.mac });
        if (step === 'multicast') due.push({ target: neighbour.address, mac: undefined });
        this.#dueMs = Math.min(this.#dueMs, neighbour.dueMs);
      }
    }
    return due;
  }

  /** The uplink went down or came back: every MAC is in doubt and every handle becomes invalid. */
  clear(): void {
    for (const neighbour of [...this.#byAddress.values()]) this.#remove(neighbour);
    this.#dueMs = Number.NEGATIVE_INFINITY;
  }

  /** For display. */
  list(): NeighbourView[] {
    return Array.from(this.#byAddress.values(), ({ slot, address, mac, state, kept }) => ({
      slot,
      address,
      mac,
      state,
      kept,
    }));
  }

  /**
   * Upper layers see no progress (RFC 4861 section 7.3.1), perhaps because the next hop's MAC changed without notice: doubts
   * it once in each silence; after that it is probed at its usual times.
   */
  #doubtDefaults(family: Family, nowMs: number): void {
    const { sinceMs } = this.#silences[family];
    for (const neighbour of this.#byAddress.values()) {
      if (!neighbour.kept || familyOf(neighbour.address) !== family || neighbour.usedMs < sinceMs) continue;
      neighbour.suspectOfSilence(nowMs);
      this.#dueMs = Math.min(this.#dueMs, neighbour.dueMs);
    }
  }

  #add(address: Address, nowMs: number): Neighbour | undefined {
    if (this.#byAddress.size >= this.#capacity && !this.#makeRoom()) return undefined;
    const free = this.#slots.indexOf(undefined);
    const slot = free === -1 ? this.#slots.length : free;
    const kept = this.#kept.some((nextHop) => addressesEqual(nextHop, address));
    const neighbour = new Neighbour(address, slot, kept, nowMs);
    this.#slots[slot] = neighbour;
    this.#generations[slot] = ((this.#generations[slot] ?? 0) + 1) % GENERATION_RANGE;
    this.#byAddress.set(keyOf(address), neighbour);
    this.#dueMs = Math.min(this.#dueMs, nowMs);
    return neighbour;
  }

  #silenceOf({ address }: Neighbour): NextHopSilence {
    return this.#silences[familyOf(address)];
  }

  /** Evicts the neighbour whose loss costs least: one that does not answer, else the stale one unused for longest. */
  #makeRoom(): boolean {
    let victim: Neighbour | undefined;
    for (const neighbour of this.#byAddress.values()) {
      if (neighbour.kept) continue;
      if (neighbour.state === 'unreachable') {
        victim = neighbour;
        break;
      }
      if (neighbour.state === 'stale' && neighbour.usedMs < (victim?.usedMs ?? Number.POSITIVE_INFINITY))
        victim = neighbour;
    }
    if (victim !== undefined) this.#remove(victim);
    return victim !== undefined;
  }

  #remove(neighbour: Neighbour): void {
    this.#byAddress.delete(keyOf(neighbour.address));
    this.#slots[neighbour.slot] = undefined;
  }

  #handleOf(neighbour: Neighbour): number {
    return (this.#generations[neighbour.slot] ?? 0) * SLOT_RANGE + neighbour.slot;
  }
}

/** The address's bytes as a map key; the length keeps the families apart. */
function keyOf(address: Address): string {
  return String.fromCharCode(...address);
}
