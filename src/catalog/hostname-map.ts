/**
 * Values by hostname, each for the name itself and everything below it; if several names fit, the longest decides. A
 * look-up takes one step per label.
 */
import { foldHostname } from './hostname.ts';

export class HostnameMap<T> {
  readonly #values = new Map<string, T>();

  get size(): number {
    return this.#values.size;
  }

  /** `name` as `parseHostname` gives it; replaces what was there. */
  set(name: string, value: T): void {
    this.#values.set(name, value);
  }

  /** The value of exactly this name. */
  get(name: string): T | undefined {
    return this.#values.get(name);
  }

  /** The value of the longest name that is `hostname` or a parent of it; any case, with or without trailing dot. */
  find(hostname: string): T | undefined {
    return this.findEntry(hostname)?.value;
  }

  /** The same, with the name that was found. */
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
