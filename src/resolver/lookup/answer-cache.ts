/**
 * An LRU cache of resolutions by question, bounded in entries and bytes. Expired entries are kept for a while, to be served
 * stale if no upstream answers (RFC 8767).
 */
import { prefetchLead } from './prefetch.ts';
import { type Resolution, resolutionBytes } from './resolution.ts';

export interface CacheBounds {
  readonly entries: number;
  readonly bytes: number;
  /** How long an expired resolution is kept. */
  readonly staleSeconds: number;
}

export interface CachedResolution {
  readonly resolution: Resolution;
  /** Time since the upstream's reply. */
  readonly ageSeconds: number;
  /** The TTL has expired, and no upstream has answered since. */
  readonly stale: boolean;
}

interface Entry {
  readonly resolution: Resolution;
  readonly storedMs: number;
  readonly bytes: number;
  /** Until this time the expired entry is served. */
  staleUntilMs: number;
  /** Until this time the entry is not prefetched again. */
  prefetchedUntilMs: number;
}

/** Approximate overhead of an entry: one with one address and a name of 20 bytes takes 530 (measured over 50,000). */
const ENTRY_BYTES = 380;
/** After stale data was served, upstreams are not asked again for this long (RFC 8767 section 5). */
const STALE_PAUSE_MS = 30_000;
/** Minimum time between two prefetches of an answer. Chosen by us, equal to the pause above. */
const PREFETCH_PAUSE_MS = 30_000;

export class AnswerCache {
  readonly #bounds: CacheBounds;
  /** In order of use, least recent first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(bounds: CacheBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The resolution, if it has not expired or is being served stale. */
  get(key: string, nowMs: number): CachedResolution | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const ageSeconds = Math.floor((nowMs - entry.storedMs) / 1000);
    const stale = ageSeconds >= entry.resolution.ttlSeconds;
    if (stale && nowMs >= entry.staleUntilMs) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return { resolution: entry.resolution, ageSeconds, stale };
  }

  /** Whether the resolution should be prefetched because it is about to expire; true only once per `PREFETCH_PAUSE_MS`. */
  claimPrefetch(key: string, nowMs: number): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.resolution.kind === 'failure' || nowMs < entry.prefetchedUntilMs)
      return false;
    const { ttlSeconds } = entry.resolution;
    const leftMs = entry.storedMs + ttlSeconds * 1000 - nowMs;
    if (leftMs <= 0 || leftMs > prefetchLead(ttlSeconds) * 1000) return false;
    entry.prefetchedUntilMs = nowMs + PREFETCH_PAUSE_MS;
    return true;
  }

  /** Makes the newest of these expired resolutions usable again for a while; undefined if all are missing or too old. */
  reviveStale(keys: readonly string[], nowMs: number): CachedResolution | undefined {
    let newest: { readonly key: string; readonly entry: Entry } | undefined;
    for (const key of keys) {
      const entry = this.#entries.get(key);
      if (entry === undefined || entry.resolution.kind === 'failure') continue;
      if (newest === undefined || entry.storedMs > newest.entry.storedMs) newest = { key, entry };
    }
    if (newest === undefined) return undefined;
    const { key, entry } = newest;
    const endsMs = entry.storedMs + (entry.resolution.ttlSeconds + this.#bounds.staleSeconds) * 1000;
    if (nowMs >= endsMs) return undefined;
    entry.staleUntilMs = Math.min(nowMs + STALE_PAUSE_MS, endsMs);
    return this.get(key, nowMs);
  }

  /** Caches the resolution for its TTL; not at all if that is 0. */
  set(key: string, resolution: Resolution, nowMs: number): void {
    this.delete(key);
    if (resolution.ttlSeconds <= 0) return;
    const bytes = ENTRY_BYTES + key.length * 2 + resolutionBytes(resolution);
    this.#entries.set(key, { resolution, storedMs: nowMs, bytes, staleUntilMs: 0, prefetchedUntilMs: 0 });
    this.#bytes += bytes;
    this.#evict();
  }

  delete(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }

  #evict(): void {
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= this.#bounds.entries && this.#bytes <= this.#bounds.bytes) return;
      this.delete(key);
    }
  }
}
