/**
 * Keeps the real addresses behind leases fresh: those in use are looked up again shortly before they expire, so that a new
 * flow goes to where the host is now (FL-46) even if its client keeps the synthetic address for hours. If the look-up
 * fails, the old addresses stay (RFC 8767; row D17).
 */
import type { Lease, RealAddresses } from '../../synthetic/lease.ts';
import type { LeasePool } from '../../synthetic/lease-pool.ts';
import type { Address, Family } from '../../wire/address.ts';

export interface LeaseRefresherParts {
  readonly pool: Pick<LeasePool, 'leases' | 'renew' | 'use'>;
  /** A name's current real addresses; undefined when no upstream answers, or there are none of the family any more. */
  readonly lookUp: (hostname: string, family: Family) => Promise<FreshAddresses | undefined>;
  /** Called when the real addresses of a lease have changed. */
  readonly onChange: (lease: Lease) => void;
  /** A lease that has not been used for this long is not refreshed. */
  readonly idleMs: number;
  readonly nowMs: () => number;
}

export interface FreshAddresses {
  readonly addresses: readonly Address[];
  /** The CNAME targets on the way to them. */
  readonly aliases: readonly string[];
  readonly ttlSeconds: number;
}

/** How long before they expire: enough for a slow upstream and, after it, the next one. */
const LEAD_MS = 5000;
/** Time to the next try after a failure. */
const RETRY_SECONDS = 30;
/** Look-ups in flight. Chosen by us. */
const MAX_UNDER_WAY = 32;

interface DueFamily {
  readonly key: string;
  readonly hostname: string;
  readonly family: Family;
  readonly real: RealAddresses;
}

export class LeaseRefresher {
  readonly #parts: LeaseRefresherParts;
  readonly #underWay = new Set<string>();

  constructor(parts: LeaseRefresherParts) {
    this.#parts = parts;
  }

  /**
   * Starts look-ups for the leases in use that have been due for longest, as many as may be in flight; call it every few
   * seconds. Resolves when these are done.
   */
  async refresh(): Promise<void> {
    const due = this.#listDue().sort((one, other) => one.real.refreshAtMs - other.real.refreshAtMs);
    const free = MAX_UNDER_WAY - this.#underWay.size;
    await Promise.all(due.slice(0, free).map((each) => this.#refreshFamily(each)));
  }

  #listDue(): DueFamily[] {
    const { pool, nowMs } = this.#parts;
    const dueMs = nowMs() + LEAD_MS;
    const due: DueFamily[] = [];
    for (const lease of pool.leases()) {
      if (!this.#isUsed(lease)) continue;
      const { hostname } = lease;
      for (const family of [4, 6] as const) {
        const real = family === 4 ? lease.real4 : lease.real6;
        if (real === undefined || real.refreshAtMs > dueMs) continue;
        const key = `${hostname} ${family}`;
        if (!this.#underWay.has(key)) due.push({ key, hostname, family, real });
      }
    }
    return due;
  }

  #isUsed({ slot }: Lease): boolean {
    const { pool, nowMs, idleMs } = this.#parts;
    if (pool.use.openFlows(slot) > 0) return true;
    const lastMs = pool.use.lastUsedMs(slot);
    return lastMs !== undefined && lastMs + idleMs > nowMs();
  }

  async #refreshFamily({ key, hostname, family, real: known }: DueFamily): Promise<void> {
    this.#underWay.add(key);
    try {
      const found = await this.#parts.lookUp(hostname, family);
      const { addresses, aliases, ttlSeconds } = found ?? { ...known, ttlSeconds: RETRY_SECONDS };
      const changed = this.#parts.pool.renew(
        { hostname, family, addresses, aliases, ttlSeconds },
        this.#parts.nowMs(),
      );
      if (changed !== undefined) this.#parts.onChange(changed);
    } finally {
      this.#underWay.delete(key);
    }
  }
}
