/**
 * Starts queries round robin over the clients, and only a few per turn of the event loop: so a client that sends many
 * delays no other, neither its queries nor the upstreams' replies to them (FL-11).
 */
import { type Address, addressKey } from '../../wire/address.ts';

/** Some 2 ms of work. Chosen by us. */
export const MOST_AT_ONCE = 64;

export class QueryTurns {
  /** The callbacks that start each client's waiting queries; no list is empty, and the first client is next. */
  readonly #lines = new Map<string, (() => void)[]>();
  #isDue = false;

  /** Resolves when the client's next query may start. */
  next(client: Address): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const key = addressKey(client);
    const line = this.#lines.get(key);
    if (line === undefined) this.#lines.set(key, [resolve]);
    else line.push(resolve);
    this.#beginSoon();
    return promise;
  }

  #beginSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      for (let left = MOST_AT_ONCE; left > 0; left--) this.#take()?.();
      if (this.#lines.size > 0) this.#beginSoon();
    });
  }

  #take(): (() => void) | undefined {
    for (const [key, line] of this.#lines) {
      const begin = line.shift();
      this.#lines.delete(key);
      if (line.length > 0) this.#lines.set(key, line);
      return begin;
    }
    return undefined;
  }
}
