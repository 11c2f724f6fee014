/**
 * Keeps the real addresses of leases current: those in use are looked up again shortly before they expire, so that new flows go
 * to the host's current address (FL-46) even if the client keeps using the synthetic address for hours. If a look-up fails, the
 * old addresses stay in use (RFC 8767; row D17).
 */
import type { Lease, RealAddresses } from '../../synthetic/lease.ts';
import type { LeasePool } from '../../synthetic/lease-pool.ts';
import type { Address, Family } from '../../wire/address.ts';

export interface LeaseRefresherParts {
  readonly pool: Pick<LeasePool, 'leases' | 'renew' | 'use'>;
  /** Looks up a name's real addresses; undefined if no upstream answers or there are no addresses of the family. */
  readonly lookUp: (hostname: string, family: Family) => Promise<FreshAddresses | undefined>;
  /** Called when the real addresses of a lease have changed. */
  readonly onChange: (lease: Lease) => void;
  /** A lease that has not been used for this long is not refreshed. */
  readonly idleMs: number;
  readonly nowMs: () => number;
}

export interface FreshAddresses {
  readonly addresses: readonly Address[];
  /** The CNAME targets on the path to them. */
  readonly aliases: readonly string[];
  readonly ttlSeconds: number;
}

/** How long before their expiry: enough for a slow upstream and a try at the next one. */
const LEAD_MS = 5000;
/** Time until the next try after a failure. */
const RETRY_SECONDS = 30;
/** Look-ups in flight. Chosen by us. */
const MAX_IN_FLIGHT = 32;

interface DueFamily {
  readonly key: string;
  readonly hostname: string;
  readonly family: Family;
  readonly real: RealAddresses;
}

export class LeaseRefresher {
  readonly #parts: LeaseRefresherParts;
  readonly #inFlight = new Set<string>();

  constructor(parts: LeaseRefresherParts) {
    this.#parts = parts;
  }

  /**
   * Starts look-ups for leases in use, those due for longest first, up to the limit in flight. Call it every few seconds.
   * Resolves when these look-ups are done.
   */
  async refresh(): Promise<void> {
    const due = this.#listDue().sort((one, other) => one.real.refreshAtMs - other.real.refreshAtMs);
    const free = MAX_IN_FLIGHT - this.#inFlight.size;
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
        if (!this.#inFlight.has(key)) due.push({ key, hostname, family, real });
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
    this.#inFlight.add(key);
    try {
      const found = await this.#parts.lookUp(hostname, family);
      const { addresses, aliases, ttlSeconds } = found ?? { ...known, ttlSeconds: RETRY_SECONDS };
      const changed = this.#parts.pool.renew(
        { hostname, family, addresses, aliases, ttlSeconds },
        this.#parts.nowMs(),
      );
      if (changed !== undefined) this.#parts.onChange(changed);
    } finally {
      this.#inFlight.delete(key);
    }
  }
}
