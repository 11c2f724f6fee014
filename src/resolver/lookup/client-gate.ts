/**
 * Lets each client have so many questions asked upstream at one time; its further ones wait, while those of others pass. So
 * the delay that a flood causes to others is that of a few questions, not of all of it (FL-11).
 */
import { type Address, addressKey } from '../../wire/address.ts';

interface Line {
  inside: number;
  readonly waiting: (() => void)[];
}

export class ClientGate {
  readonly #limit: number;
  readonly #lines = new Map<string, Line>();

  /** `limit` for each client. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Passes if fewer than `most` of the client's questions are inside; for what may as well not be asked. */
  enterIfFree(client: Address, most = this.#limit): boolean {
    const line = this.#lineOf(client);
    if (line.inside >= Math.min(most, this.#limit)) return false;
    line.inside++;
    return true;
  }

  /** Undefined when the client may pass at once; else resolves when it may. Every pass must end with `leave`. */
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
      // The place goes straight to who waits longest.
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
