/**
 * Starts queries round-robin over the clients, and only a limited number per turn of the event loop, so that a client that sends
 * many delays neither the queries of others nor the upstreams' replies to them (FL-11).
 */
import { type Address, addressKey } from '../../wire/address.ts';

/** Queries per turn: some 2 ms of work. Chosen by us. */
export const MOST_AT_ONCE = 64;

export class QueryTurns {
  /** For each client, the callbacks that start its waiting queries, never empty; the first client's turn is next. */
  readonly #queues = new Map<string, (() => void)[]>();
  #isScheduled = false;

  /** Resolves when the client's next query may start. */
  next(client: Address): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const key = addressKey(client);
    const queue = this.#queues.get(key);
    if (queue === undefined) this.#queues.set(key, [resolve]);
    else queue.push(resolve);
    this.#schedule();
    return promise;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      for (let left = MOST_AT_ONCE; left > 0; left--) this.#nextStart()?.();
      if (this.#queues.size > 0) this.#schedule();
    });
  }

  #nextStart(): (() => void) | undefined {
    for (const [key, queue] of this.#queues) {
      const start = queue.shift();
      this.#queues.delete(key);
      if (queue.length > 0) this.#queues.set(key, queue);
      return start;
    }
    return undefined;
  }
}
