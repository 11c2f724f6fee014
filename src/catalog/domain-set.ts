/** The names of one imported list. A look-up takes one step per label, independent of the length of the list. */
import type { RRegex } from 'rregex';
import { foldHostname } from './hostname.ts';

/** More than any published list contains; a larger file is a mistake and would exceed the memory of a gateway. */
export const MOST_NAMES = 5_000_000;

export interface DomainEntries {
  /** Names that include all names below them. */
  readonly below: Set<string>;
  /** Names that match only exactly. */
  readonly exact: Set<string>;
  /** Match anywhere in a name. */
  readonly keywords: string[];
  readonly patterns: RRegex[];
}

export function emptyEntries(): DomainEntries {
  return { below: new Set(), exact: new Set(), keywords: [], patterns: [] };
}

export function countEntries({ below, exact, keywords, patterns }: DomainEntries): number {
  return below.size + exact.size + keywords.length + patterns.length;
}

export class DomainSet {
  readonly #entries: DomainEntries;

  /** Takes ownership of the entries. */
  constructor(entries: DomainEntries) {
    this.#entries = entries;
  }

  /**
   * The length of the longest entry that matches the hostname, where a keyword or a pattern counts as 0; undefined if none
   * matches.
   */
  match(hostname: string): number | undefined {
    const { below, exact, keywords, patterns } = this.#entries;
    const name = foldHostname(hostname);
    if (exact.has(name)) return name.length;
    for (let rest = name; rest !== ''; rest = parentOf(rest)) if (below.has(rest)) return rest.length;
    const isFound =
      keywords.some((keyword) => name.includes(keyword)) || patterns.some((pattern) => pattern.isMatch(name));
    return isFound ? 0 : undefined;
  }
}

function parentOf(name: string): string {
  const dot = name.indexOf('.');
  return dot === -1 ? '' : name.slice(dot + 1);
}
