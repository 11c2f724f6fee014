/** The port pools of every egress address and protocol, made when first needed. */
import type { PortRange } from './port-pool.ts';
import { listPorts, PortPool } from './port-pool.ts';
import type { RandomBelow } from './random.ts';

/** What an address may use when it is the gateway's alone (row U4: never a port below 1024). */
export const ALL_NAT_PORTS: readonly PortRange[] = [[1024, 65_535]];

export class PortPools {
  readonly #pools = new Map<string, PortPool>();
  readonly #byEgress = new Map<number, readonly PortPool[]>();
  readonly #usable = new Map<number, Uint16Array>();
  readonly #everyPort = listPorts(ALL_NAT_PORTS);
  readonly #restSeconds: number;
  readonly #random: RandomBelow;

  constructor(restSeconds: number, random: RandomBelow) {
    this.#restSeconds = restSeconds;
    this.#random = random;
  }

  /** Leaves the other ports of an egress address to the host, whose own address it is too. */
  restrict(egressIndex: number, ranges: readonly PortRange[]): void {
    this.#usable.set(egressIndex, listPorts(ranges));
  }

  /** The pool of an egress address, four words from `at` on, for one protocol. */
  poolOf(egressIndex: number, words: Uint32Array, at: number, protocol: number): PortPool {
    const key = `${words[at]}:${words[at + 1]}:${words[at + 2]}:${words[at + 3]}/${protocol}`;
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const pool = new PortPool(
      this.#usable.get(egressIndex) ?? this.#everyPort,
      this.#restSeconds,
      this.#random,
    );
    this.#pools.set(key, pool);
    this.#byEgress.set(egressIndex, [...(this.#byEgress.get(egressIndex) ?? []), pool]);
    return pool;
  }

  /** External ports in use at an egress address, and those there are, over the pools that were needed so far. */
  usageOf(egressIndex: number): { used: number; capacity: number } {
    const pools = [...(this.#byEgress.get(egressIndex) ?? [])];
    return {
      used: pools.reduce((sum, pool) => sum + pool.inUse, 0),
      capacity: pools.reduce((sum, pool) => sum + pool.capacity, 0),
    };
  }
}
