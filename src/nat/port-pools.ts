/**
 * The port pools of every egress address and protocol, made when first needed and forgotten when idle: an IPv6 range has an
 * address for every client, and clients may come with as many addresses as they like (FL-04).
 */
import type { PortShare } from '../wire/port-share.ts';
import type { NatUse } from './nat-use.ts';
import type { PortRange } from './port-pool.ts';
import { listPorts, PortPool } from './port-pool.ts';
import type { RandomBelow } from './random.ts';

/** What an address may use when it is the gateway's alone (row U4: never a port below 1024). */
export const ALL_NAT_PORTS: readonly PortRange[] = [[1024, 65_535]];

/** How often idle pools are looked for. Chosen by us. */
const CLEANING_SECONDS = 60;

export class PortPools {
  readonly #pools = new Map<string, { readonly egressIndex: number; readonly pool: PortPool }>();
  #cleanedAt = Number.NEGATIVE_INFINITY;
  readonly #usable = new Map<number, Uint16Array>();
  readonly #everyPort = listPorts(ALL_NAT_PORTS);
  readonly #restSeconds: number;
  readonly #random: RandomBelow;
  readonly #use: Pick<NatUse, 'addPorts'>;

  /** `use` is kept true. */
  constructor(restSeconds: number, random: RandomBelow, use: Pick<NatUse, 'addPorts'>) {
    this.#restSeconds = restSeconds;
    this.#random = random;
    this.#use = use;
  }

  /** Leaves the other ports of an egress address to the host, whose own address it is too, and to other workers. */
  restrict(egressIndex: number, ranges: readonly PortRange[], share?: PortShare): void {
    this.#usable.set(egressIndex, listPorts(ranges, share));
  }

  /** Any port that may be used at an egress address, whether or not it is; 0 where there is none. */
  draw(egressIndex: number): number {
    const usable = this.#usable.get(egressIndex) ?? this.#everyPort;
    return usable[this.#random(Math.max(1, usable.length))] ?? 0;
  }

  /** The pool of an egress address, four words from `at` on, for one protocol. */
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

  /** Pools that are kept. */
  get count(): number {
    return this.#pools.size;
  }

  /** Forgets what nobody uses; `now` is in whole seconds. */
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
