/**
 * Supplies the resolver with synthetic addresses: issues leases from the pool, persists them, and guarantees that they are posted
 * to the workers before the answer that announces them is sent.
 */
import type { Geolocation } from '../../catalog/geolocation.ts';
import type {
  LeaseReuse,
  Synthesis,
  SynthesisRequest,
  SynthesisResult,
} from '../../resolver/resolver-options.ts';
import { aliasesOf, type Lease, type RealAddresses } from '../../synthetic/lease.ts';
import { LeasePool } from '../../synthetic/lease-pool.ts';
import type { IssuedLease, LeaseRefusal, RestoredLease } from '../../synthetic/lease-pool-options.ts';
import { type Address, formatAddress } from '../../wire/address.ts';
import type { Config } from '../config/config.ts';
import type { LeaseRecord } from '../control/lease-record.ts';
import type { LeaseFacts } from '../datapath/admission/lease-book.ts';
import { LeaseHolders } from '../datapath/admission/lease-holders.ts';
import type { ToWorker } from '../worker/worker-protocol.ts';
import { describeName } from './describe-name.ts';
import type { LeasePersistence } from './lease-persistence.ts';
import { LeaseRefresher, type LeaseRefresherParts } from './lease-refresher.ts';
import { NameExemption, type NamePolicy } from './name-exemption.ts';

export interface LeaseIssuerParts {
  readonly config: Pick<Config, 'synthetic' | 'resolver' | 'egress'>;
  readonly policy: () => NamePolicy;
  readonly geolocation: () => Pick<Geolocation, 'lookup'>;
  readonly persistence: Pick<
    LeasePersistence,
    'restored' | 'history' | 'isKept' | 'put' | 'remove' | 'forgetLoss' | 'catchUp'
  >;
  readonly post: (message: ToWorker) => void;
  readonly nowMs: () => number;
  /** Looks up the current real addresses of a name. */
  readonly lookUp: LeaseRefresherParts['lookUp'];
}

export class LeaseIssuer implements Synthesis {
  readonly pool: LeasePool;
  readonly #refresher: LeaseRefresher;
  readonly #exemption: NameExemption;
  readonly #isShared: boolean;
  readonly #matchesAliases: boolean;
  readonly #holders = new LeaseHolders();
  readonly #parts: LeaseIssuerParts;

  constructor(parts: LeaseIssuerParts) {
    const { synthetic, resolver } = parts.config;
    this.#parts = parts;
    this.#isShared = synthetic.leaseScope === 'network';
    this.#matchesAliases = resolver.matchCnameTargets;
    this.pool = new LeasePool({
      ranges: { ipv4: synthetic.ipv4, ipv6: synthetic.ipv6 },
      leaseMs: synthetic.leaseMs,
      quarantineMs: synthetic.quarantineMs,
      ttlSeconds: synthetic.ttlSeconds,
      reserved: resolver.listen,
      restored: parts.persistence.restored.map((lease) =>
        this.#matchesAliases ? lease : withoutAliases(lease),
      ),
      history: parts.persistence.history,
      isKept: () => parts.persistence.isKept,
      onFallowEnd: () => parts.persistence.forgetLoss(),
      nowMs: parts.nowMs(),
      onRetire: (lease) => {
        parts.persistence.put({ ...lease, resting: true });
        this.#holders.forget(lease.slot);
        parts.post({ type: 'lease-gone', slot: lease.slot });
      },
      onFree: (slot) => parts.persistence.remove(slot),
    });
    const { synthesize, exempt } = resolver;
    this.#exemption = new NameExemption({ policy: parts.policy, synthesize, exempt });
    this.#refresher = new LeaseRefresher({
      pool: this.pool,
      lookUp: async (hostname, family) => {
        const found = await parts.lookUp(hostname, family);
        return found && { ...found, aliases: this.#matchesAliases ? found.aliases : [] };
      },
      onChange: (lease) => this.#publishChange(lease),
      idleMs: synthetic.leaseMs,
      nowMs: parts.nowMs,
    });
  }

  /** Whether leases are persisted; while they are not, new names get spare addresses. */
  get isKept(): boolean {
    return this.#parts.persistence.isKept;
  }

  /** Called by the resolver while it composes an answer. */
  synthesize(request: SynthesisRequest): SynthesisResult {
    if (!this.#serves(request.family)) return 'unavailable';
    const aliases = this.#matchesAliases ? request.aliases : [];
    if (this.#exemption.isExempt(request.hostname, aliases)) return 'exempt';
    const issued = this.#issue({ ...request, aliases });
    if (issued === 'family-without-range') return 'unavailable';
    if (typeof issued === 'string') return 'exhausted';
    this.#admit(issued.lease, request.client);
    const address = request.family === 4 ? issued.lease.ipv4 : issued.lease.ipv6;
    if (address === undefined) return 'unavailable';
    return { address, ttlSeconds: issued.ttlSeconds, reuse: this.#allowReuse(issued.lease) };
  }

  maySynthesize(hostname: string, client: Address): boolean {
    return this.#exemption.isExempt(hostname) || this.pool.allows(hostname, client, this.#parts.nowMs());
  }

  nameOf(address: Address, client: Address): string | undefined {
    const lease = this.pool.leaseOf(address);
    const mayKnow = lease !== undefined && (this.#isShared || this.#holders.has(lease.slot, client));
    return mayKnow ? lease.hostname : undefined;
  }

  /** Ends idle leases and refreshes the others. Call it every few seconds. */
  sweep(): void {
    this.pool.sweep(this.#parts.nowMs());
    this.#parts.persistence.catchUp(() => this.pool.remembered());
    void this.#refresher.refresh();
  }

  /** Posts all leases to the workers: after the start, and after the catalogue or the geolocation has changed. */
  republish(): void {
    for (const lease of this.pool.leases()) this.#publish(lease);
  }

  records(): LeaseRecord[] {
    return Array.from(this.pool.leases(), (lease) => this.record(lease));
  }

  record(lease: Lease): LeaseRecord {
    const { slot, hostname, ipv4, ipv6, real4, real6 } = lease;
    const leftMs = (this.pool.expiresAtMs(lease) ?? Number.NaN) - this.#parts.nowMs();
    return {
      host: hostname,
      ipv4: ipv4 === undefined ? null : formatAddress(ipv4),
      ipv6: ipv6 === undefined ? null : formatAddress(ipv6),
      real4: (real4?.addresses ?? []).map(formatAddress),
      real6: (real6?.addresses ?? []).map(formatAddress),
      expiresAt: Number.isNaN(leftMs) ? null : new Date(Date.now() + leftMs).toISOString(),
      flows: this.pool.use.openFlows(slot),
    };
  }

  /** Issues a lease, posts it to the workers, and persists it unless its slot is a spare. */
  #issue(request: SynthesisRequest): IssuedLease | LeaseRefusal {
    const issued = this.pool.issue(request, this.#parts.nowMs());
    if (typeof issued === 'string' || !issued.changed) return issued;
    const { lease, isNew } = issued;
    const isWritten = this.#parts.persistence.put({ ...lease, resting: false });
    // The disk has just failed; from now on only spare slots are leased, so this recurses at most once.
    if (!isWritten && isNew && this.pool.withdraw(lease)) return this.#issue(request);
    this.#publish(lease);
    return issued;
  }

  /** Permits the client to use the lease, before the client receives the answer. */
  #admit({ slot }: Lease, client: Address): void {
    if (this.#isShared || !this.#holders.add(slot, client)) return;
    this.#parts.post({ type: 'lease-holder', slot, client });
  }

  /**
   * For half a lease time: so an answer is reused only while the lease is certainly live, and each reuse marks the lease as used
   * before it can end.
   */
  #allowReuse({ slot }: Lease): LeaseReuse | undefined {
    const { leaseMs } = this.#parts.config.synthetic;
    return this.#isShared ? { lease: slot, forMs: leaseMs / 2 } : undefined;
  }

  /** Persists and posts a lease whose real addresses have changed. */
  #publishChange(lease: Lease): void {
    this.#parts.persistence.put({ ...lease, resting: false });
    this.#publish(lease);
  }

  #publish(lease: Lease): void {
    this.#parts.post({ type: 'lease', lease: this.#describe(lease) });
  }

  /** A family that is disabled or has no egress address leads nowhere, so no name gets an address of it (FL-47). */
  #serves(family: 4 | 6): boolean {
    const { synthetic, egress } = this.#parts.config;
    if ((family === 4 ? synthetic.ipv4 : synthetic.ipv6) === undefined) return false;
    return egress.addresses.some(({ prefix }) => prefix.address.length === (family === 4 ? 4 : 16));
  }

  #describe({ slot, hostname, ipv4, ipv6, ...lease }: Lease): LeaseFacts {
    const geolocation = this.#parts.geolocation();
    const real4 = lease.real4?.addresses ?? [];
    const real6 = lease.real6?.addresses ?? [];
    return {
      slot,
      ...describeName(hostname, this.#parts.policy().catalog, aliasesOf(lease)),
      ipv4,
      ipv6,
      real4,
      real6,
      isShared: this.#isShared,
      geo4: real4.map((address) => geolocation.lookup(address)),
      geo6: real6.map((address) => geolocation.lookup(address)),
    };
  }
}

/** Removes CNAME targets that were persisted while rules still matched them. */
function withoutAliases(lease: RestoredLease): RestoredLease {
  const strip = (real: RealAddresses | undefined) => real && { ...real, aliases: [] };
  return { ...lease, real4: strip(lease.real4), real6: strip(lease.real6) };
}
