/**
 * Maps hostnames to values; an entry applies to its name and all names below it, and the longest matching name is used. A look-up
 * takes one step per label.
 */
import { foldHostname } from './hostname.ts';

export class HostnameMap<T> {
  readonly #values = new Map<string, T>();

  /** Sets the value of a name in canonical form (`parseHostname`), replacing any earlier value. */
  set(name: string, value: T): void {
    this.#values.set(name, value);
  }

  /** The value of the longest name that is `hostname` or a parent of it; in any letter case, with or without a trailing dot. */
  find(hostname: string): T | undefined {
    return this.findEntry(hostname)?.value;
  }

  /** As `find`, with the name that matched. */
  findEntry(hostname: string): { readonly name: string; readonly value: T } | undefined {
    let name = foldHostname(hostname);
    for (;;) {
      const value = this.#values.get(name);
      if (value !== undefined) return { name, value };
      const dot = name.indexOf('.');
      if (dot === -1) return undefined;
      name = name.slice(dot + 1);
    }
  }
}
