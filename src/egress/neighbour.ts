/**
 * One neighbour's reachability (RFC 4861 section 7.3, used for ARP as well). The MAC stays in use while it is being
 * probed; after three unanswered tries the neighbour is unreachable.
 *
 *      incomplete ──answer──▶ reachable ──time──▶ stale ──use──▶ probing ──answer──▶ reachable
 *          └───────── 3 tries ──▶ unreachable ◀── 3 tries ──────────┘
 */
import type { Address } from '../wire/address.ts';
import { type MacAddress, macsEqual } from '../wire/mac-address.ts';

/** RFC 4861 section 10: MAX_MULTICAST_SOLICIT, MAX_UNICAST_SOLICIT, RETRANS_TIMER, REACHABLE_TIME. */
const MOST_TRIES = 3;
const RETRY_MS = 1_000;
const REACHABLE_MS = 30_000;
/** Chosen by us: a next hop that changes its MAC in silence is found again within 5 s (rows R9, FL-24). */
const KEPT_REACHABLE_MS = 2_000;
/** Chosen by us: a neighbour that lives answers well within this when it is asked because of silence. */
const HURRIED_RETRY_MS = 150;
/** Chosen by us: how long a neighbour that did not answer is not asked again. */
const UNREACHABLE_MS = 3_000;
/** Chosen by us: how long an unused neighbour is remembered. */
const IDLE_MS = 60_000;

export type NeighbourState = 'incomplete' | 'reachable' | 'stale' | 'probing' | 'unreachable';

/** What to do now: ask everybody, ask the known MAC, forget the neighbour, or nothing. */
export type NeighbourStep = 'multicast' | 'unicast' | 'forget' | undefined;

export class Neighbour {
  readonly address: Address;
  /** Dense number of the neighbour in its table. */
  readonly slot: number;
  /** A default next hop: kept resolved whether or not it is used, and asked again for ever. */
  readonly kept: boolean;
  #state: NeighbourState = 'incomplete';
  #mac: MacAddress | undefined;
  #tries = 0;
  /** Whether its MAC is in doubt because nothing comes back from beyond it. */
  #isHurried = false;
  #dueMs: number;
  #usedMs: number;
  #confirmedMs = Number.NEGATIVE_INFINITY;
  #askedMs = Number.NEGATIVE_INFINITY;

  constructor(address: Address, slot: number, kept: boolean, nowMs: number) {
    this.address = address;
    this.slot = slot;
    this.kept = kept;
    this.#dueMs = nowMs;
    this.#usedMs = nowMs;
  }

  get state(): NeighbourState {
    return this.#state;
  }

  /** Defined while packets may be sent. */
  get mac(): MacAddress | undefined {
    return this.#mac;
  }

  /** Monotonic milliseconds at which `advance` has something to do. */
  get dueMs(): number {
    return this.#dueMs;
  }

  get usedMs(): number {
    return this.#usedMs;
  }

  /** A packet is about to be sent to it; a stale neighbour is probed at the next `advance`. */
  use(nowMs: number): void {
    this.#usedMs = nowMs;
    if (this.#state === 'stale') this.#dueMs = nowMs;
  }

  /**
   * Takes a MAC, at once and from any state. `confirmed` is false for claims that answer no question of ours: the MAC is
   * used, and probed. Returns whether the MAC changed.
   */
  learn(mac: MacAddress, nowMs: number, confirmed: boolean): boolean {
    const changed = this.#mac === undefined || !macsEqual(this.#mac, mac);
    if (!confirmed && !changed) return false;
    this.#mac = mac;
    this.#tries = 0;
    this.#state = confirmed ? 'reachable' : 'probing';
    if (confirmed) this.#confirmedMs = nowMs;
    this.#dueMs = confirmed ? nowMs + (this.kept ? KEPT_REACHABLE_MS : REACHABLE_MS) : nowMs;
    return changed;
  }

  /** Whoever holds the address answers a question that is due now; the known MAC stays in use. */
  suspect(nowMs: number): void {
    if (this.#state === 'reachable' || this.#state === 'stale') this.#enter('probing', nowMs);
  }

  /** The same because packets to it are not answered: it is asked at once, if it was not anyway, and everybody shortly after. */
  suspectOfSilence(nowMs: number): void {
    this.suspect(nowMs);
    if (this.#state !== 'probing' || this.#tries > 1) return;
    if (this.#tries === 0) this.#askedMs = Number.NEGATIVE_INFINITY;
    else if (!this.#isHurried) this.#askedMs += HURRIED_RETRY_MS - RETRY_MS;
    this.#isHurried = true;
    this.#dueMs = Math.max(nowMs, this.#askedMs + RETRY_MS);
  }

  /**
   * Moves time forward to `nowMs`. While `isHeard`, packets from beyond it arrive: a default next hop then keeps its MAC
   * though its answers get lost, and goes on being asked for (RFC 7048 section 3).
   */
  advance(nowMs: number, isHeard: boolean): NeighbourStep {
    if (nowMs < this.#dueMs) return undefined;
    switch (this.#state) {
      case 'incomplete':
      case 'probing':
        return this.#ask(nowMs, isHeard);
      case 'reachable':
        return this.#age(nowMs, isHeard);
      case 'stale':
        return this.#wasUsedSinceConfirmed() ? this.#probe(nowMs, isHeard) : 'forget';
      case 'unreachable':
        return this.kept ? this.#askForEver(nowMs) : 'forget';
    }
  }

  #ask(nowMs: number, isHeard: boolean): NeighbourStep {
    if (nowMs < this.#askedMs + RETRY_MS) {
      this.#dueMs = this.#askedMs + RETRY_MS;
      return undefined;
    }
    if (this.#tries === MOST_TRIES) {
      if (this.kept && isHeard && this.#mac !== undefined) return this.#askForEver(nowMs);
      this.#mac = undefined;
      this.#enter('unreachable', nowMs + (this.kept ? 0 : UNREACHABLE_MS));
      return this.kept ? this.#askForEver(nowMs) : undefined;
    }
    this.#tries++;
    // As if it had been asked earlier: the next question may come so much sooner.
    this.#askedMs = this.#isHurried && this.#tries === 1 ? nowMs + HURRIED_RETRY_MS - RETRY_MS : nowMs;
    this.#dueMs = this.#askedMs + RETRY_MS;
    // Only the first probe goes to the known MAC: the rest finds an address that has moved (RFC 7048 section 3).
    return this.#state === 'probing' && this.#tries === 1 ? 'unicast' : 'multicast';
  }

  #askForEver(nowMs: number): NeighbourStep {
    this.#askedMs = nowMs;
    this.#dueMs = nowMs + RETRY_MS;
    return 'multicast';
  }

  #age(nowMs: number, isHeard: boolean): NeighbourStep {
    if (this.kept || this.#wasUsedSinceConfirmed()) return this.#probe(nowMs, isHeard);
    this.#enter('stale', this.#usedMs + IDLE_MS);
    return undefined;
  }

  #probe(nowMs: number, isHeard: boolean): NeighbourStep {
    this.#enter('probing', nowMs);
    return this.#ask(nowMs, isHeard);
  }

  #enter(state: NeighbourState, dueMs: number): void {
    this.#state = state;
    this.#tries = 0;
    this.#isHurried = false;
    this.#dueMs = dueMs;
  }

  #wasUsedSinceConfirmed(): boolean {
    return this.#usedMs > this.#confirmedMs;
  }
}
