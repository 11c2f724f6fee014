/** How much each client has under way, so that no one of them takes all there is. */
import { type Address, addressKey } from '../../wire/address.ts';

export class ClientLoad {
  readonly #limit: number;
  readonly #counts = new Map<string, number>();

  /** `limit` for each client. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes one place for the client; false when it has no more. */
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
