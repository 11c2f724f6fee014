/** Limits what each client has in flight, so that none can take all resources. */
import { type Address, addressKey } from '../../wire/address.ts';

export class ClientLoad {
  readonly #limit: number;
  readonly #counts = new Map<string, number>();

  /** `limit` applies to each client. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts one more for the client; false if it is at its limit. */
  enter(client: Address): boolean {
    const key = addressKey(client);
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.#limit) return false;
    this.#counts.set(key, count + 1);
    return true;
  }

  /** Counts one less. */
  leave(client: Address): void {
    const key = addressKey(client);
    const count = this.#counts.get(key) ?? 0;
    if (count <= 1) this.#counts.delete(key);
    else this.#counts.set(key, count - 1);
  }
}
