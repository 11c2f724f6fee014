/** The names of one imported list, where a look-up takes one step per label, however long the list is. */
import type { RRegex } from 'rregex';
import { foldHostname } from './hostname.ts';

/** More than any published list holds; beyond it a file is a mistake, and would not fit the memory of a gateway. */
export const MOST_NAMES = 5_000_000;

export interface DomainEntries {
  /** Names that stand for themselves and everything below them. */
  readonly below: Set<string>;
  /** Names that stand for themselves only. */
  readonly exact: Set<string>;
  /** Found anywhere in a name. */
  readonly keywords: string[];
  readonly patterns: RRegex[];
}

export function emptyEntries(): DomainEntries {
  return { below: new Set(), exact: new Set(), keywords: [], patterns: [] };
}

export class DomainSet {
  readonly #entries: DomainEntries;

  /** Takes the entries over. */
  constructor(entries: DomainEntries) {
    this.#entries = entries;
  }

  get size(): number {
    const { below, exact, keywords, patterns } = this.#entries;
    return below.size + exact.size + keywords.length + patterns.length;
  }

  /**
   * How long the longest name is that makes the host name a member: 0 for a keyword or a pattern, which weigh less than
   * any name, and undefined when it is no member.
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
