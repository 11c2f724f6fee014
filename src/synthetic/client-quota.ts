/**
 * Keeps one client from exhausting the pool: limits the slots it has caused to be leased (`SlotPayers` says for how long
 * they count), and how fast it takes new ones (a token bucket).
 */
export interface QuotaLimits {
  /** Slots that may count against one client at a time. */
  readonly leases: number;
  readonly leasesPerSecond: number;
  /** How many it may take at once after a pause. */
  readonly burst: number;
}

/** As docs/dns.md says, "The life of a lease". */
export const DEFAULT_QUOTA: QuotaLimits = { leases: 2048, leasesPerSecond: 100, burst: 200 };

interface Account {
  leases: number;
  tokens: number;
  filledAtMs: number;
}

export class ClientQuota {
  readonly #limits: QuotaLimits;
  readonly #accounts = new Map<string, Account>();

  constructor(limits: QuotaLimits = DEFAULT_QUOTA) {
    this.#limits = limits;
  }

  /** Whether the client may take one more slot now. Does not charge for it. */
  allows(client: string, nowMs: number): boolean {
    const account = this.#accounts.get(client);
    if (account === undefined) return true;
    this.#fill(account, nowMs);
    return account.leases < this.#limits.leases && account.tokens >= 1;
  }

  /** The client has taken a slot. */
  charge(client: string, nowMs: number): void {
    const account = this.#accounts.get(client) ?? {
      leases: 0,
      tokens: this.#limits.burst,
      filledAtMs: nowMs,
    };
    this.#accounts.set(client, account);
    account.leases++;
    account.tokens--;
  }

  /** One of the client's slots no longer counts. */
  refund(client: string): void {
    const account = this.#accounts.get(client);
    if (account === undefined) return;
    account.leases--;
    // At zero leases the bucket has refilled (the shortest quarantine has passed): drop the account.
    if (account.leases <= 0) this.#accounts.delete(client);
  }

  /** The clients with leases, and how many each has. */
  *accounts(): Iterable<readonly [client: string, leases: number]> {
    for (const [client, { leases }] of this.#accounts) yield [client, leases];
  }

  #fill(account: Account, nowMs: number): void {
    const earned = ((nowMs - account.filledAtMs) / 1000) * this.#limits.leasesPerSecond;
    account.tokens = Math.min(this.#limits.burst, account.tokens + earned);
    account.filledAtMs = nowMs;
  }
}
