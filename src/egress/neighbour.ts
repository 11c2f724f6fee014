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
/** Chosen by us: a next hop whose MAC changes without notice is found again within 5 s (rows R9, FL-24). */
const KEPT_REACHABLE_MS = 2_000;
/** Chosen by us: a live neighbour that is probed because of silence answers well within this time. */
const HURRIED_RETRY_MS = 150;
/** Chosen by us: how long a neighbour that did not answer is left alone. */
const UNREACHABLE_MS = 3_000;
/** Chosen by us: how long an unused neighbour is remembered. */
const IDLE_MS = 60_000;

export type NeighbourState = 'incomplete' | 'reachable' | 'stale' | 'probing' | 'unreachable';

/** What to do now: multicast a probe, send one to the known MAC, forget the neighbour, or nothing. */
export type NeighbourStep = 'multicast' | 'unicast' | 'forget' | undefined;

export class Neighbour {
  readonly address: Address;
  /** Dense number of the neighbour in its table. */
  readonly slot: number;
  /** A default next hop: kept resolved whether or not it is used, and probed for ever. */
  readonly kept: boolean;
  #state: NeighbourState = 'incomplete';
  #mac: MacAddress | undefined;
  #tries = 0;
  /** Whether its MAC is in doubt because no replies come from beyond it. */
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
   * Takes a MAC, at once and in any state. `confirmed` is false for unsolicited claims: the MAC is used, and probed.
   * Returns whether the MAC changed.
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

  /** Re-verifies the neighbour at the next `advance`; the cached MAC stays usable. */
  suspect(nowMs: number): void {
    if (this.#state === 'reachable' || this.#state === 'stale') this.#enter('probing', nowMs);
  }

  /**
   * As `suspect`, because packets sent through it get no replies. Shortens the retransmit timer of the first probe to
   * HURRIED_RETRY_MS.
   */
  suspectOfSilence(nowMs: number): void {
    this.suspect(nowMs);
    if (this.#state !== 'probing' || this.#tries > 1) return;
    if (this.#tries === 0) this.#askedMs = Number.NEGATIVE_INFINITY;
    else if (!this.#isHurried) this.#askedMs += HURRIED_RETRY_MS - RETRY_MS;
    this.#isHurried = true;
    this.#dueMs = Math.max(nowMs, this.#askedMs + RETRY_MS);
  }

  /**
   * Moves time forward to `nowMs`. While packets arrive from beyond it (`isHeard`), a default next hop keeps its MAC even if
   * its answers are lost, and is probed further (RFC 7048 section 3).
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
    // Backdated, so that the next probe may be sent that much sooner.
    this.#askedMs = this.#isHurried && this.#tries === 1 ? nowMs + HURRIED_RETRY_MS - RETRY_MS : nowMs;
    this.#dueMs = this.#askedMs + RETRY_MS;
    // Only the first probe goes to the known MAC: the others find an address that has moved (RFC 7048 section 3).
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
