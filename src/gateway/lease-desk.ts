/**
 * Where the resolver gets its synthetic addresses: the pool, what the catalog knows of the name, and the promise that
 * the workers know a lease before the answer that announces it leaves.
 */
import type { Geolocation } from '../catalog/geolocation.ts';
import type { Synthesis, SynthesisRequest, SynthesisResult } from '../resolver/resolver-options.ts';
import type { Lease } from '../synthetic/lease.ts';
import { LeasePool } from '../synthetic/lease-pool.ts';
import { type Address, formatAddress } from '../wire/address.ts';
import type { Config } from './config/config.ts';
import type { LeaseRecord } from './control.ts';
import type { LeaseFacts } from './datapath/lease-book.ts';
import { describeName, type NameCatalog } from './describe-name.ts';
import type { LeaseMemory } from './lease-memory.ts';
import { LeaseRefresher, type LeaseRefresherParts } from './lease-refresher.ts';
import type { ToWorker } from './worker/worker-protocol.ts';

export interface LeaseDeskParts {
  readonly config: Pick<Config, 'synthetic' | 'resolver' | 'egress'>;
  readonly catalog: () => NameCatalog;
  readonly geolocation: () => Pick<Geolocation, 'lookup'>;
  readonly memory: Pick<LeaseMemory, 'restored' | 'put' | 'remove' | 'catchUp'>;
  readonly post: (message: ToWorker) => void;
  readonly nowMs: () => number;
  /** Where a name really is now. */
  readonly lookUp: LeaseRefresherParts['lookUp'];
}

export class LeaseDesk implements Synthesis {
  readonly pool: LeasePool;
  readonly #refresher: LeaseRefresher;
  readonly #parts: LeaseDeskParts;

  constructor(parts: LeaseDeskParts) {
    const { synthetic, resolver } = parts.config;
    this.#parts = parts;
    this.pool = new LeasePool({
      ranges: { ipv4: synthetic.ipv4, ipv6: synthetic.ipv6 },
      leaseMs: synthetic.leaseMs,
      quarantineMs: synthetic.quarantineMs,
      ttlSeconds: synthetic.ttlSeconds,
      reserved: resolver.listen,
      restored: parts.memory.restored,
      nowMs: parts.nowMs(),
      onRetire: (lease) => {
        parts.memory.put({ ...lease, resting: true });
        parts.post({ type: 'lease-gone', slot: lease.slot });
      },
      onFree: (slot) => parts.memory.remove(slot),
    });
    this.#refresher = new LeaseRefresher({
      pool: this.pool,
      lookUp: parts.lookUp,
      onChange: (lease) => this.#announce(lease),
      idleMs: synthetic.leaseMs,
      nowMs: parts.nowMs,
    });
  }

  /** Called by the resolver at the moment it writes the answer. */
  synthesize(request: SynthesisRequest): SynthesisResult {
    if (!this.#hasEgress(request.family)) return 'unavailable';
    const issued = this.pool.issue(request, this.#parts.nowMs());
    if (issued === 'family-without-range') return 'unavailable';
    if (typeof issued === 'string') return 'exhausted';
    if (issued.changed) this.#announce(issued.lease);
    const address = request.family === 4 ? issued.lease.ipv4 : issued.lease.ipv6;
    return address === undefined ? 'unavailable' : { address, ttlSeconds: issued.ttlSeconds };
  }

  nameOf(address: Address): string | undefined {
    return this.pool.leaseOf(address)?.hostname;
  }

  /** Retires idle leases and refreshes the others; to be called every few seconds. */
  sweep(): void {
    this.pool.sweep(this.#parts.nowMs());
    this.#parts.memory.catchUp(() => this.pool.remembered());
    void this.#refresher.refresh();
  }

  /** Tells the workers all leases anew: after a start, and after the catalog or the geolocation has changed. */
  republish(): void {
    for (const lease of this.pool.leases()) this.#parts.post({ type: 'lease', lease: this.#describe(lease) });
  }

  records(): LeaseRecord[] {
    return Array.from(this.pool.leases(), (lease) => this.record(lease));
  }

  record({ slot, hostname, ipv4, ipv6, real4, real6 }: Lease): LeaseRecord {
    return {
      host: hostname,
      ipv4: ipv4 === undefined ? null : formatAddress(ipv4),
      ipv6: ipv6 === undefined ? null : formatAddress(ipv6),
      real4: (real4?.addresses ?? []).map(formatAddress),
      real6: (real6?.addresses ?? []).map(formatAddress),
      expiresAt: null,
      flows: this.pool.use.openFlows(slot),
    };
  }

  /** First to disk, then to the workers, and only then may the answer leave. */
  #announce(lease: Lease): void {
    this.#parts.memory.put({ ...lease, resting: false });
    this.#parts.post({ type: 'lease', lease: this.#describe(lease) });
  }

  /** A family without any egress address would be a dead end: such a name has no address of it (users.md 9). */
  #hasEgress(family: 4 | 6): boolean {
    return this.#parts.config.egress.addresses.some(
      ({ prefix }) => prefix.address.length === (family === 4 ? 4 : 16),
    );
  }

  #describe({ slot, hostname, ipv4, ipv6, ...lease }: Lease): LeaseFacts {
    const geolocation = this.#parts.geolocation();
    const real4 = lease.real4?.addresses ?? [];
    const real6 = lease.real6?.addresses ?? [];
    return {
      slot,
      ...describeName(hostname, this.#parts.catalog()),
      ipv4,
      ipv6,
      real4,
      real6,
      geo4: real4.map((address) => geolocation.lookup(address)),
      geo6: real6.map((address) => geolocation.lookup(address)),
    };
  }
}
