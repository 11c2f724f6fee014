/**
 * Caches what was read from files until they change. If a file becomes invalid or disappears, its last good copy stays in use,
 * and a problem is reported (docs/policy.md, Lists).
 */
import { statSync } from 'node:fs';
import { ConfigError, type ConfigProblem } from '../../report/errors.ts';

export interface Loaded<T> {
  readonly value: T;
  /** When the copy was read. */
  readonly loadedAt: Date;
  /** Why the current file is not used; empty if it is. */
  readonly problems: readonly ConfigProblem[];
}

interface Copy<T> {
  readonly value: T;
  readonly loadedAt: Date;
  readonly stamp: string;
}

export class LastGood<T> {
  readonly #copies = new Map<string, Copy<T>>();
  readonly #used = new Set<string>();
  readonly #stale = new Set<string>();

  /**
   * The result of `read`, or the cached copy if the file has not changed. `key` identifies the result, since a file may be read
   * in several ways. Throws the ConfigError of `read` if there is no copy.
   */
  load(file: string, key: string, read: () => T): Loaded<T> {
    this.#used.add(key);
    const known = this.#copies.get(key);
    const stamp = stampOf(file);
    this.#stale.delete(key);
    if (known !== undefined && stamp !== undefined && known.stamp === stamp)
      return { ...known, problems: [] };
    try {
      const copy = { value: read(), loadedAt: new Date(), stamp: stamp ?? '' };
      this.#copies.set(key, copy);
      return { ...copy, problems: [] };
    } catch (error) {
      if (!(error instanceof ConfigError) || known === undefined) throw error;
      this.#stale.add(key);
      return { ...known, problems: error.problems.map(noteCopy(known.loadedAt)) };
    }
  }

  /** The number of files of which an older copy is in use. */
  get stale(): number {
    return this.#stale.size;
  }

  /** Drops the copies that were not loaded since the last call. */
  forgetUnused(): void {
    for (const key of this.#copies.keys()) if (!this.#used.has(key)) this.#forget(key);
    this.#used.clear();
  }

  #forget(key: string): void {
    this.#copies.delete(key);
    this.#stale.delete(key);
  }
}

/**
 * A text that changes whenever the file is written or replaced; undefined if stat fails, for which reading will give the reason.
 */
function stampOf(file: string): string | undefined {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch {
    return undefined;
  }
}

function noteCopy(loadedAt: Date): (problem: ConfigProblem) => ConfigProblem {
  const note = `the copy of ${loadedAt.toISOString()} stays in use`;
  return (problem) => ({ ...problem, message: `${problem.message}; ${note}` });
}
