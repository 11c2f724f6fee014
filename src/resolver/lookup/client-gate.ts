/**
 * Limits how many upstream questions each client has in flight; its further ones wait, while those of others pass. So a
 * flood by one client delays others by a few questions, not by all of it (FL-11).
 */
import { type Address, addressKey } from '../../wire/address.ts';

interface Line {
  inside: number;
  readonly waiting: (() => void)[];
}

export class ClientGate {
  readonly #limit: number;
  readonly #lines = new Map<string, Line>();

  /** `limit` applies to each client. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Enters if fewer than `most` of the client's questions are in flight; for questions that need not be asked. */
  enterIfFree(client: Address, most = this.#limit): boolean {
    const line = this.#lineOf(client);
    if (line.inside >= Math.min(most, this.#limit)) return false;
    line.inside++;
    return true;
  }

  /** Undefined when the client may enter at once; else resolves when it may. Every entry must end with `leave`. */
  enter(client: Address): Promise<void> | undefined {
    if (this.enterIfFree(client)) return undefined;
    const { waiting } = this.#lineOf(client);
    return new Promise((resolve) => waiting.push(resolve));
  }

  leave(client: Address): void {
    const key = addressKey(client);
    const line = this.#lines.get(key);
    if (line === undefined) return;
    const next = line.waiting.shift();
    if (next !== undefined) {
      // The place goes straight to the question that has waited longest.
      next();
      return;
    }
    line.inside--;
    if (line.inside === 0) this.#lines.delete(key);
  }

  #lineOf(client: Address): Line {
    const key = addressKey(client);
    const line = this.#lines.get(key) ?? { inside: 0, waiting: [] };
    this.#lines.set(key, line);
    return line;
  }
}
