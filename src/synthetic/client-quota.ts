/**
 * Keeps a single client from exhausting the pool: limits how many slots are charged to it (`SlotCharges` determines for how
 * long), and how fast it takes new ones (a token bucket).
 */
export interface QuotaLimits {
  /** Slots charged to one client at a time. */
  readonly leases: number;
  readonly leasesPerSecond: number;
  /** Slots that a client may take at once after a pause. */
  readonly burst: number;
}

/** See docs/dns.md, "The life of a lease". */
export const DEFAULT_QUOTA: QuotaLimits = { leases: 2048, leasesPerSecond: 100, burst: 200 };

interface Account {
  leases: number;
  tokens: number;
  refilledAtMs: number;
}

export class ClientQuota {
  readonly #limits: QuotaLimits;
  readonly #accounts = new Map<string, Account>();

  constructor(limits: QuotaLimits = DEFAULT_QUOTA) {
    this.#limits = limits;
  }

  /** Whether the client may take another slot now. Does not charge for it. */
  allows(client: string, nowMs: number): boolean {
    const account = this.#accounts.get(client);
    if (account === undefined) return true;
    this.#refill(account, nowMs);
    return account.leases < this.#limits.leases && account.tokens >= 1;
  }

  /** Charges the client for a slot. */
  charge(client: string, nowMs: number): void {
    const account = this.#accounts.get(client) ?? {
      leases: 0,
      tokens: this.#limits.burst,
      refilledAtMs: nowMs,
    };
    this.#accounts.set(client, account);
    account.leases++;
    account.tokens--;
  }

  /** Drops the charge for one of the client's slots. */
  refund(client: string): void {
    const account = this.#accounts.get(client);
    if (account === undefined) return;
    account.leases--;
    // By the time the last charge is dropped, at least the shortest quarantine has passed and the bucket is full again.
    if (account.leases <= 0) this.#accounts.delete(client);
  }

  /** The clients that are charged for slots, and how many. */
  *accounts(): Iterable<readonly [client: string, leases: number]> {
    for (const [client, { leases }] of this.#accounts) yield [client, leases];
  }

  #refill(account: Account, nowMs: number): void {
    const refilled = ((nowMs - account.refilledAtMs) / 1000) * this.#limits.leasesPerSecond;
    account.tokens = Math.min(this.#limits.burst, account.tokens + refilled);
    account.refilledAtMs = nowMs;
  }
}
