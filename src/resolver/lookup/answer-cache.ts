/**
 * Resolutions by question, an LRU cache bounded in number and bytes. Expired entries stay for a while, to be served stale
 * when no upstream answers (RFC 8767).
 */
import { prefetchLead } from './prefetch.ts';
import { type Resolution, resolutionBytes } from './resolution.ts';

export interface CacheBounds {
  readonly entries: number;
  readonly bytes: number;
  /** How long a resolution is kept after its TTL. */
  readonly staleSeconds: number;
}

export interface CachedResolution {
  readonly resolution: Resolution;
  /** Time since the upstream's reply. */
  readonly ageSeconds: number;
  /** Its TTL has expired, and no upstream has answered since. */
  readonly stale: boolean;
}

interface Entry {
  readonly resolution: Resolution;
  readonly storedMs: number;
  readonly bytes: number;
  /** Until then it is served although it has expired. */
  staleUntilMs: number;
  /** Until then it is not prefetched again. */
  prefetchedUntilMs: number;
}

/** Rough overhead of an entry, besides its data. */
const ENTRY_BYTES = 250;
/** How long the upstreams are left alone after stale data was served (RFC 8767 section 5). */
const STALE_PAUSE_MS = 30_000;
/** How long an answer is not prefetched again when a prefetch has failed, as after stale data. Chosen by us. */
const PREFETCH_PAUSE_MS = 30_000;

export class AnswerCache {
  readonly #bounds: CacheBounds;
  /** In order of last use. */
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

  /** Whether the resolution is about to expire and should be prefetched; true once, until another try is due. */
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

  /** Serves the newest of these expired resolutions for another while; undefined when all are missing or too old. */
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

  /** Keeps the resolution for its TTL; not at all when that is 0. */
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
