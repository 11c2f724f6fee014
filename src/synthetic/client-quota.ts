/**
 * Keeps one client from eating the pool: a bound on the slots it has caused to be taken (`SlotPayers` says for how long),
 * and on how fast it takes new ones (a token bucket).
 */
export interface QuotaLimits {
  /** Slots a client may have caused to be taken at one time. */
  readonly leases: number;
  readonly leasesPerSecond: number;
  /** How many it may take at once after a rest. */
  readonly burst: number;
}

/** requirements.md 4.3. */
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

  /** Whether the client may take one more slot now. Counts nothing yet. */
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

  /** A slot the client had taken counts no more. */
  refund(client: string): void {
    const account = this.#accounts.get(client);
    if (account === undefined) return;
    account.leases--;
    // Without leases the bucket has had the shortest quarantine to fill: nothing is left to remember.
    if (account.leases <= 0) this.#accounts.delete(client);
  }

  /** Who has leases, and how many. */
  *accounts(): Iterable<readonly [client: string, leases: number]> {
    for (const [client, { leases }] of this.#accounts) yield [client, leases];
  }

  #fill(account: Account, nowMs: number): void {
    const earned = ((nowMs - account.filledAtMs) / 1000) * this.#limits.leasesPerSecond;
    account.tokens = Math.min(this.#limits.burst, account.tokens + earned);
    account.filledAtMs = nowMs;
  }
}
