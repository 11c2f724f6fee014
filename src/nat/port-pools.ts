/**
 * The port pools of every egress address and protocol, made when first needed and dropped when idle: an IPv6 range has an
 * address for every client, and a client may use as many source addresses as it likes (FL-04).
 */
import type { PortShare } from '../wire/port-share.ts';
import type { NatUse } from './nat-use.ts';
import type { PortRange } from './port-pool.ts';
import { listPorts, PortPool } from './port-pool.ts';
import type { RandomBelow } from './random.ts';

/** The usable ports of an address that only the gateway uses (row U4: never a port below 1024). */
export const ALL_NAT_PORTS: readonly PortRange[] = [[1024, 65_535]];

/** How often idle pools are dropped. Chosen by us. */
const CLEANING_SECONDS = 60;

export class PortPools {
  readonly #pools = new Map<string, { readonly egressIndex: number; readonly pool: PortPool }>();
  #cleanedAt = Number.NEGATIVE_INFINITY;
  readonly #usable = new Map<number, Uint16Array>();
  readonly #everyPort = listPorts(ALL_NAT_PORTS);
  readonly #restSeconds: number;
  readonly #random: RandomBelow;
  readonly #use: Pick<NatUse, 'addPorts'>;

  /** `restSeconds`: how long a port rests after use. `use` is kept up to date. */
  constructor(restSeconds: number, random: RandomBelow, use: Pick<NatUse, 'addPorts'>) {
    this.#restSeconds = restSeconds;
    this.#random = random;
    this.#use = use;
  }

  /** Limits an egress address to `ranges`, where the host uses the address too, and to this worker's `share`. */
  restrict(egressIndex: number, ranges: readonly PortRange[], share?: PortShare): void {
    this.#usable.set(egressIndex, listPorts(ranges, share));
  }

  /** A random usable port of an egress address, taken or not; 0 if it has none. */
  draw(egressIndex: number): number {
    const usable = this.#usable.get(egressIndex) ?? this.#everyPort;
    return usable[this.#random(Math.max(1, usable.length))] ?? 0;
  }

  /** The pool of the egress address at `words[at..at+4)` for one protocol. */
  poolOf(egressIndex: number, words: Uint32Array, at: number, protocol: number): PortPool {
    const key = `${words[at]}:${words[at + 1]}:${words[at + 2]}:${words[at + 3]}/${protocol}`;
    const known = this.#pools.get(key);
    if (known !== undefined) return known.pool;
    const pool = new PortPool(
      this.#usable.get(egressIndex) ?? this.#everyPort,
      this.#restSeconds,
      this.#random,
      (used, shared) => this.#use.addPorts(egressIndex, used, shared, 0),
    );
    this.#use.addPorts(egressIndex, 0, 0, pool.capacity);
    this.#pools.set(key, { egressIndex, pool });
    return pool;
  }

  /** Pools that exist now. */
  get count(): number {
    return this.#pools.size;
  }

  /** Drops idle pools; `now` is in whole seconds. */
  advance(now: number): void {
    if (now < this.#cleanedAt + CLEANING_SECONDS) return;
    this.#cleanedAt = now;
    for (const [key, { egressIndex, pool }] of this.#pools) {
      if (!pool.isIdle(now)) continue;
      this.#use.addPorts(egressIndex, 0, 0, -pool.capacity);
      this.#pools.delete(key);
    }
  }
}
