/** Resolutions by question, bounded in number and bytes; the one asked for longest ago leaves first. */
import { type Resolution, resolutionBytes } from './resolution.ts';

export interface CacheBounds {
  readonly entries: number;
  readonly bytes: number;
}

export interface CachedResolution {
  readonly resolution: Resolution;
  readonly ageSeconds: number;
}

interface Entry {
  readonly resolution: Resolution;
  readonly storedMs: number;
  readonly bytes: number;
}

/** What an entry takes beside its data, roughly. */
const ENTRY_BYTES = 250;

export class AnswerCache {
  readonly #bounds: CacheBounds;
  /** In the order of their last use. */
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

  /** The resolution, if it may still be believed. */
  get(key: string, nowMs: number): CachedResolution | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const ageSeconds = Math.floor((nowMs - entry.storedMs) / 1000);
    if (ageSeconds >= entry.resolution.ttlSeconds) {
      this.#remove(key, entry);
      return undefined;
    }
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return { resolution: entry.resolution, ageSeconds };
  }

  /** Keeps the resolution for its TTL; not at all when that is 0. */
  set(key: string, resolution: Resolution, nowMs: number): void {
    const former = this.#entries.get(key);
    if (former !== undefined) this.#remove(key, former);
    if (resolution.ttlSeconds <= 0) return;
    const bytes = ENTRY_BYTES + key.length * 2 + resolutionBytes(resolution);
    this.#entries.set(key, { resolution, storedMs: nowMs, bytes });
    this.#bytes += bytes;
    this.#evict();
  }

  #evict(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= this.#bounds.entries && this.#bytes <= this.#bounds.bytes) return;
      this.#remove(key, entry);
    }
  }

  #remove(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}
