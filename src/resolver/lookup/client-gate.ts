/**
 * Limits the upstream questions that each client has in flight. A client's further questions wait, while those of others
 * proceed: so a flood by one client delays others by a few questions only (FL-11).
 */
import { type Address, addressKey } from '../../wire/address.ts';

interface ClientQueue {
  inFlight: number;
  readonly waiting: (() => void)[];
}

export class ClientGate {
  readonly #limit: number;
  readonly #clients = new Map<string, ClientQueue>();

  /** `limit` applies to each client. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Enters only if fewer than `most` of the client's questions are in flight; for questions that may be skipped. */
  enterIfFree(client: Address, most = this.#limit): boolean {
    const queue = this.#queueOf(client);
    if (queue.inFlight >= Math.min(most, this.#limit)) return false;
    queue.inFlight++;
    return true;
  }

  /** Undefined if the question may proceed at once; otherwise resolves when it may. Must be paired with `leave`. */
  enter(client: Address): Promise<void> | undefined {
    if (this.enterIfFree(client)) return undefined;
    const { waiting } = this.#queueOf(client);
    return new Promise((resolve) => waiting.push(resolve));
  }

  leave(client: Address): void {
    const key = addressKey(client);
    const queue = this.#clients.get(key);
    if (queue === undefined) return;
    const next = queue.waiting.shift();
    if (next !== undefined) {
      // The question that has waited longest takes over the place.
      next();
      return;
    }
    queue.inFlight--;
    if (queue.inFlight === 0) this.#clients.delete(key);
  }

  #queueOf(client: Address): ClientQueue {
    const key = addressKey(client);
    const queue = this.#clients.get(key) ?? { inFlight: 0, waiting: [] };
    this.#clients.set(key, queue);
    return queue;
  }
}
