/**
 * An uplink's next hops by number, as stored in flow records: the two default ones first, then neighbours as flows need
 * them. A record has 16 bits for the number, so numbers that no flow uses any more are recycled.
 */
import { NO_NEIGHBOUR } from '../../../egress/neighbours.ts';
import { type Address, formatAddress } from '../../../wire/address.ts';

export interface Hop {
  /** Undefined: there is no default next hop of the family, or the number was recycled. */
  address: Address | undefined;
  /** Handle in the neighbour table; resolved again when that has forgotten it. */
  handle: number;
}

const DEFAULT_HOPS = { 4: 0, 6: 1 } as const;
const MOST_HOPS = 65_536;
/** Chosen by us: from this many on it is worth searching all flows for unused numbers. */
const MANY_HOPS = MOST_HOPS / 2;

export class HopTable {
  readonly #hops: Hop[] = [
    { address: undefined, handle: NO_NEIGHBOUR },
    { address: undefined, handle: NO_NEIGHBOUR },
  ];
  readonly #numbers = new Map<string, number>();
  readonly #free: number[] = [];

  get(number: number): Hop | undefined {
    return this.#hops[number];
  }

  /** Changes the address of a family's default next hop, whose number never changes. */
  setDefault(family: 4 | 6, address: Address | undefined): Hop {
    const hop = { address, handle: NO_NEIGHBOUR };
    this.#hops[DEFAULT_HOPS[family]] = hop;
    return hop;
  }

  /** The number of a neighbour, or of the family's default next hop if it has this address; -1 when no number is left. */
  numberOf(address: Address, family: 4 | 6): number {
    if (address === this.#hops[DEFAULT_HOPS[family]]?.address) return DEFAULT_HOPS[family];
    const key = formatAddress(address);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#free.pop() ?? this.#hops.length;
    if (number === MOST_HOPS) return -1;
    this.#hops[number] = { address, handle: NO_NEIGHBOUR };
    this.#numbers.set(key, number);
    return number;
  }

  /** Whether unused numbers should be recycled. */
  get isCrowded(): boolean {
    return this.#numbers.size >= MANY_HOPS;
  }

  /** Recycles the numbers of neighbours for which `isUsed` is false. */
  forget(isUsed: (number: number) => boolean): void {
    for (const [key, number] of this.#numbers) {
      if (isUsed(number)) continue;
      this.#numbers.delete(key);
      this.#hops[number] = { address: undefined, handle: NO_NEIGHBOUR };
      this.#free.push(number);
    }
  }

  /** The neighbour table was cleared: every handle must be resolved again. */
  doubtAll(): void {
    for (const hop of this.#hops) hop.handle = NO_NEIGHBOUR;
  }
}
