/** Counts what each client has in flight, so that none takes all there is. */
import { type Address, addressKey } from '../../wire/address.ts';

export class ClientLoad {
  readonly #limit: number;
  readonly #counts = new Map<string, number>();

  /** `limit` applies to each client. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes a place for the client; false when it is at its limit. */
  enter(client: Address): boolean {
    const key = addressKey(client);
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.#limit) return false;
    this.#counts.set(key, count + 1);
    return true;
  }

  /** Gives a place back. */
  leave(client: Address): void {
    const key = addressKey(client);
    const count = this.#counts.get(key) ?? 0;
    if (count <= 1) this.#counts.delete(key);
    else this.#counts.set(key, count - 1);
  }
}
